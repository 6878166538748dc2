"""What the server's own parser says of a search, before any model is asked.

The server gets the search without the queries it does not know, on no index at all: so it only parses it. Its errors
are put back to where they stand in the search as it came.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.gateway.errors import UpstreamError
from local.gateway.positions import Path, Position, places, position_at

if TYPE_CHECKING:
    from local.gateway.upstream import Upstream

# No index has such a name.
NOWHERE = "/local-no-such-index-*"
_PLACE = re.compile(r"\[(\d+):(\d+)\]")
Translations = dict[Path, Path]


async def check(upstream: Upstream, body: dict[str, Any], document: str, action: str = "_search") -> None:
    """Refuse a search that the server cannot parse.

    Args:
        upstream: the server.
        body: of the search.
        document: its text.
        action: `_search` or `_count`.

    Raises:
        UpstreamError: the server's error, its places those of `document`.
    """
    translations: Translations = {}
    known = {name: value for name, value in body.items() if name != "search_pipeline"}
    if "query" in body:
        known["query"] = _known(body["query"], ("query",), ("query",), translations)
    sent = json.dumps(known)
    try:
        await upstream.call("POST", f"{NOWHERE}/{action}", sent.encode())
    except UpstreamError as error:
        if error.status == 400:
            raise UpstreamError(400, relocated(error.answer, sent, document, translations)) from error


def _known(node: Any, here: Path, there: Path, translations: Translations) -> Any:
    """`node` at `here` of the search, as it is sent at `there`: queries with others in them become `dis_max`."""
    if isinstance(node, list):
        return [_known(item, (*here, at), (*there, at), translations) for at, item in enumerate(node)]
    if not isinstance(node, dict):
        return node
    known: dict[str, Any] = {}
    for name, value in node.items():
        inner = _inner(name, value, (*here, name))
        if inner is None:
            known[name] = _known(value, (*here, name), (*there, name), translations)
        elif not inner:
            known["match_none"] = {}
        else:
            queries = (*there, "dis_max", "queries")
            translations[*there, "dis_max"] = (*here, name)
            translations |= {(*queries, at): path for at, (path, _) in enumerate(inner)}
            asked = [_known(query, path, (*queries, at), translations) for at, (path, query) in enumerate(inner)]
            known["dis_max"] = {"queries": asked}
    return known


def _inner(name: str, value: Any, here: Path) -> list[tuple[Path, Any]] | None:
    """The queries in one that the server does not know, with their places; None for one that it knows."""
    if not isinstance(value, dict) or name not in ("hybrid", "neural", "neural_sparse"):
        return None
    if name == "hybrid":
        queries = value.get("queries")
        inner: list[tuple[Path, Any]] = [((*here, "queries"), queries)]
        if isinstance(queries, list):
            inner = [((*here, "queries", at), query) for at, query in enumerate(queries)]
        return inner + ([((*here, "filter"), value["filter"])] if "filter" in value else [])
    return [
        ((*here, field, "filter"), options["filter"])
        for field, options in value.items()
        if isinstance(options, dict) and "filter" in options
    ]


def relocated(answer: Any, sent: str, document: str, translations: Translations) -> Any:
    """An error answer with the places of `document` for those of `sent`.

    Args:
        answer: of the server.
        sent: what it parsed, on one line.
        document: what it is about.
        translations: where the queries that were replaced stand in the document, by where they were sent.
    """
    origin = {place.at: (place.kind, _translated(place.path, translations)) for place in places(sent)}
    goal = {(place.kind, place.path): place.at for place in places(document)}

    def moved(position: Position) -> Position:
        at = goal.get(origin.get(position.col - 1, ("", ())))
        return position if at is None else position_at(document, at)

    def walk(node: Any) -> Any:
        if isinstance(node, list):
            return [walk(item) for item in node]
        if not isinstance(node, dict):
            return _PLACE.sub(shown, node) if isinstance(node, str) else node
        found = {name: walk(value) for name, value in node.items()}
        if isinstance(node.get("line"), int) and isinstance(node.get("col"), int):
            found |= moved(Position(node["line"], node["col"]))._asdict()
        return found

    def shown(found: re.Match[str]) -> str:
        position = moved(Position(int(found[1]), int(found[2])))
        return f"[{position.line}:{position.col}]"

    return walk(answer)


def _translated(path: Path, translations: Translations) -> Path:
    for length in range(len(path), 0, -1):
        if path[:length] in translations:
            return (*translations[path[:length]], *path[length:])
    return path
