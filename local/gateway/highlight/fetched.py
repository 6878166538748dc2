"""What the shards know of the hits of an answer: where each is, in which order they are read, and their text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from local.gateway.errors import UpstreamError
from local.gateway.hybrid import DEFAULT_SIZE
from local.gateway.hybrid_query import hybrid_of

if TYPE_CHECKING:
    from local.gateway.upstream import Upstream

Key = tuple[str, str]
_SHARD = re.compile(r"\[(?P<index>.*)\]\[(?P<number>\d+)\]")
_MOST_HITS = 10_000


@dataclass(frozen=True)
class Fetched:
    """A document as its shard has it.

    Attributes:
        index: concrete name.
        id: of the document.
        shard: number of the shard.
        node: id of the node that has it.
        place: number of the document in the shard: documents are read in this order.
        source: as far as the fields to highlight reach.
    """

    index: str
    id: str
    shard: int
    node: str
    place: int
    source: dict[str, Any]

    @property
    def key(self) -> Key:
        """What its hit is known by."""
        return self.index, self.id

    @property
    def place_of_shard(self) -> tuple[str, int]:
        """Where the shard stands among all."""
        return self.index, self.shard


def key_of(hit: dict[str, Any]) -> Key:
    """What a hit is known by."""
    return str(hit.get("_index")), str(hit.get("_id"))


async def look_up(upstream: Upstream, hits: list[Key], sources: list[str]) -> dict[Key, Fetched]:
    """What the shards know of `hits`.

    Args:
        upstream: the server.
        hits: of an answer.
        sources: the parts of `_source` that are needed; may hold wildcards.

    Returns:
        by index and id; a document that has gone in the meantime is missing.
    """
    ids, indices = sorted({of for _, of in hits}), sorted({index for index, _ in hits})
    body = {
        "size": min(len(ids) * len(indices), _MOST_HITS),
        "query": {"ids": {"values": ids}},
        "sort": ["_doc"],
        "explain": True,
        "_source": sources,
        "track_total_hits": False,
    }
    path = f"/{','.join(quote(index, safe='') for index in indices)}/_search"
    answer = await upstream.call("POST", path, body)
    return {key_of(hit): _fetched(hit) for hit in answer["hits"]["hits"]}


def _fetched(hit: dict[str, Any]) -> Fetched:
    shard = _SHARD.fullmatch(hit["_shard"])
    number = int(shard["number"]) if shard else 0
    return Fetched(hit["_index"], hit["_id"], number, hit["_node"], hit["sort"][0], hit.get("_source") or {})


async def read_more_than_once(upstream: Upstream, index: str, body: dict[str, Any]) -> list[Key] | None:
    """The hits that a single shard reads for a `hybrid` query, each as often as its list of all sub-queries has it.

    One shard reads before scores are normalized: the hits of every sub-query, and for the marks between them the first
    hit again (07 single_hybrid).

    Args:
        upstream: the server.
        index: what was searched.
        body: of the search, without `neural` clauses.

    Returns:
        None for another query.
    """
    found = hybrid_of(body.get("query"))
    if found is None:
        return None
    size = int(body.get("from", 0)) + int(body.get("size", DEFAULT_SIZE))
    window = size if found.depth is None else found.depth
    header = json.dumps({"index": index})
    lines = [
        line
        for query in found.queries
        for line in (header, json.dumps({"query": query, "size": window, "_source": False}))
    ]
    answers = (await upstream.call("POST", "/_msearch", "\n".join([*lines, ""]).encode()))["responses"]
    keys = [key_of(hit) for answer in answers if "hits" in answer for hit in answer["hits"]["hits"]]
    return keys + keys[:1] * (len(found.queries) + 2)


class Mapped(NamedTuple):
    """A field of a mapping: its type, and its own name where it is asked for by an alias."""

    kind: str
    name: str


async def mapped_fields(upstream: Upstream, indices: list[str], names: list[str]) -> dict[str, dict[str, Mapped]]:
    """The fields that the mappings have of those asked for.

    Args:
        upstream: the server.
        indices: concrete names.
        names: full names or patterns.

    Returns:
        for each index its fields, by the full names that they are asked for.
    """
    path = ",".join(quote(index, safe="") for index in indices)
    fields = ",".join(quote(name, safe="*") for name in names)
    try:
        found = await upstream.call("GET", f"/{path}/_mapping/field/{fields}")
    except UpstreamError:
        return {}
    return {index: {name: _mapped(name, each) for name, each in of["mappings"].items()} for index, of in found.items()}


def _mapped(name: str, found: dict[str, Any]) -> Mapped:
    for leaf in found["mapping"].values():
        return Mapped(str(leaf.get("type", "object")), str(leaf.get("path", name)))
    return Mapped("", name)
