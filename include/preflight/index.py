"""Is the index there, may it be read, and does it hold enough text?"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from include.corpus.export import text_of, visible_indices
from include.errors import TerminalError
from include.queries.records import MIN_RECORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensearchpy import OpenSearch

TEXT_TYPES = ("text", "match_only_text", "keyword", "wildcard", "semantic")


def check_index(client: OpenSearch, index: str, text_field: str) -> int:
    """Number of documents of an index that can be exported.

    Raises:
        TerminalError: no such index, no permission, no such field, another type than text, or too few documents.
    """
    from opensearchpy.exceptions import AuthorizationException, NotFoundError, RequestError

    try:
        mappings = client.indices.get_mapping(index=index)
        count = int(client.count(index=index)["count"])
        visible_indices(client, index)
    except NotFoundError as error:
        raise TerminalError(_missing_index(client, index)) from error
    except RequestError as error:
        raise TerminalError(
            f"index_name is {index!r}, and it cannot be read: {error}. Correct the name, or open the index."
        ) from error
    except AuthorizationException as error:
        raise TerminalError(
            f"index_name is {index!r}, and the user of the connection may not read it: {error.info}. Allow "
            "indices:data/read/search, indices:data/read/point_in_time/create and indices:admin/mappings/get on it, "
            "and for an alias indices:admin/shards/search_shards."
        ) from error
    if not mappings:
        raise TerminalError(_missing_index(client, index))
    _check_count(index, count)
    _check_source(index, mappings)
    _check_field(client, index, text_field, mappings)
    return count


def _check_count(index: str, count: int) -> None:
    if count == 0:
        raise TerminalError(f"index_name is {index!r}, and it is empty. Index the documents first.")
    if count < MIN_RECORDS:
        raise TerminalError(
            f"index_name is {index!r}, and it holds {count} documents: a corpus too small to train on. Bedrock batch "
            f"inference takes at least {MIN_RECORDS}."
        )


def _check_source(index: str, mappings: dict[str, Any]) -> None:
    for concrete, mapping in mappings.items():
        if mapping["mappings"].get("_source", {}).get("enabled") is False:
            raise TerminalError(
                f"index_name is {index!r}, and {concrete!r} keeps no _source: its texts cannot be read back. Give an "
                "index that does, or the documents as JSONL (input_type 's3')."
            )


def _check_field(client: OpenSearch, index: str, text_field: str, mappings: dict[str, Any]) -> None:
    types = {name: kind for mapping in mappings.values() for name, kind in _fields(mapping["mappings"])}
    kind = types.get(text_field)
    if kind is None:
        _check_unmapped_field(client, index, text_field, [name for name, kind in types.items() if kind in TEXT_TYPES])
    elif kind not in TEXT_TYPES:
        raise TerminalError(
            f"text_field is {text_field!r}, which is of type {kind} in {index!r}. Give a field that holds text: "
            f"{_offer(text_field, [name for name, kind in types.items() if kind in TEXT_TYPES])}"
        )


def _check_unmapped_field(client: OpenSearch, index: str, text_field: str, texts: list[str]) -> None:
    hits = client.search(index=index, body={"size": 100, "_source": [text_field]})["hits"]["hits"]
    if not any(text_of(hit.get("_source", {}), text_field) for hit in hits):
        raise TerminalError(
            f"text_field is {text_field!r}, and the documents of {index!r} have no such field. "
            f"Fields that hold text: {_offer(text_field, texts)}"
        )


def _fields(mapping: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in mapping.get("properties", {}).items():
        yield prefix + name, field.get("type", "object")
        yield from _fields(field, f"{prefix}{name}.")


def _offer(wanted: str, names: list[str]) -> str:
    close = difflib.get_close_matches(wanted, names, n=1)
    listed = ", ".join(sorted(names)[:20]) or "none"
    return f"{listed}. Did you mean '{close[0]}'?" if close else f"{listed}."


def _missing_index(client: OpenSearch, index: str) -> str:
    from opensearchpy.exceptions import TransportError

    try:
        names = [entry["index"] for entry in client.cat.indices(params={"format": "json", "h": "index"})]
    except TransportError:
        names = []
    offered = [name for name in names if not name.startswith(".")]
    return f"index_name is {index!r}, and the cluster has no such index. It has: {_offer(index, offered)}"
