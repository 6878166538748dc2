"""What an index holds, told without reading it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from include.corpus.export import visible_indices

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

log = logging.getLogger(__name__)

SHOWN = "indices.*.uuid,indices.*.shards.*.routing.primary,indices.*.shards.*.seq_no.max_seq_no,indices.*.shards.*.docs"


def index_fingerprint(client: OpenSearch, index: str) -> dict[str, Any] | None:
    """For each index behind a name: its uuid, what the name shows of it, and the last operation of each shard.

    Each new, changed or deleted document has a sequence number of its own. The numbers of documents and of deleted ones
    tell whether the last operations can be searched already, or come into sight with the next refresh.

    Returns:
        `{index: {"uuid", "query", "shards": {number: [max_seq_no, documents, deleted]}}}`; None if the user of the
        connection may not read it (`indices:monitor/stats`).
    """
    from opensearchpy.exceptions import AuthorizationException

    seen = visible_indices(client, index)
    try:
        params = {"level": "shards", "filter_path": SHOWN}
        stats = client.indices.stats(index=index, params=params).get("indices", {}) if seen else {}
    except AuthorizationException as error:
        log.info("Whether %s has changed cannot be seen (%s): allow indices:monitor/stats on it.", index, error.error)
        return None
    return {
        name: {"uuid": found["uuid"], "query": seen[name], "shards": _shards(found)}
        for name, found in sorted(stats.items())
        if name in seen
    }


def _shards(found: dict[str, Any]) -> dict[str, list[int]]:
    return {
        number: [copy["seq_no"]["max_seq_no"], copy["docs"]["count"], copy["docs"]["deleted"]]
        for number, copies in sorted(found["shards"].items())
        for copy in copies
        if copy["routing"]["primary"]
    }
