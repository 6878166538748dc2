"""The `hybrid` query as it is written: its parts, and whether it stands where it may."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from local.gateway.errors import refuse
from local.gateway.fusion_config import MAX_SUB_QUERIES
from local.gateway.parse_errors import at_end, at_value

if TYPE_CHECKING:
    from local.gateway.positions import Path

NAME = "hybrid"
_OCCURS = ("must", "must_not", "should", "filter")
_WITH_FILTER = ("neural", "knn")


class Hybrid(NamedTuple):
    """Sub-queries, and how many hits of each to look at; None: as many as asked for."""

    queries: list[dict[str, Any]]
    depth: int | None = None


def hybrid_of(query: Any) -> Hybrid | None:
    """The `hybrid` query that a search amounts to: its query, or all that a `bool` holds; None if it has none."""
    if not isinstance(query, dict):
        return None
    found = query.get(NAME)
    if isinstance(found, dict):
        queries = _as_list(found["queries"])
        depth = found.get("pagination_depth")
        return Hybrid(queries, None if depth is None else int(depth))
    bool_query = query.get("bool")
    clauses = _bool_clauses(bool_query) if isinstance(bool_query, dict) and bool_query.get("boost", 1) == 1 else []
    if len(clauses) == 1 and clauses[0][0] in ("must", "should"):
        return hybrid_of(clauses[0][1])
    return None


def pushed_down(query: Any) -> Any:
    """`query` with the filter of each `hybrid` query in its sub-queries."""
    if isinstance(query, list):
        return [pushed_down(item) for item in query]
    if not isinstance(query, dict):
        return query
    return {name: _pushed_down(value) if name == NAME else pushed_down(value) for name, value in query.items()}


def _pushed_down(hybrid: Any) -> Any:
    if not isinstance(hybrid, dict) or "queries" not in hybrid:
        return hybrid
    rest = {name: value for name, value in hybrid.items() if name != "filter"}
    queries = [pushed_down(query) for query in _as_list(hybrid["queries"])]
    if "filter" in hybrid:
        queries = [_filtered(query, hybrid["filter"]) for query in queries]
    return {**rest, "queries": queries}


def summed(query: Any) -> Any:
    """`query` with `bool` queries in place of `hybrid` ones: where neural search adds scores up, or only counts.

    Raises:
        OpenSearchError: 400, a `hybrid` query stands beside others in a `bool` or a `dis_max`.
    """
    if not isinstance(query, dict):
        return query
    bool_query = query.get("bool")
    if isinstance(bool_query, dict) and not _may_hold(bool_query) and _holds(bool_query):
        raise refuse("hybrid_wrapped")
    if isinstance(query.get("dis_max"), dict) and _holds(query["dis_max"]):
        raise refuse("hybrid_wrapped")
    return _without(query)


def union(hybrid: Hybrid) -> dict[str, Any]:
    """What any sub-query matches."""
    return {"bool": {"should": hybrid.queries, "minimum_should_match": 1}}


def check_syntax(query: Any, document: str, path: Path = ("query",)) -> None:
    """Refuse what neural search's parser refuses.

    Args:
        query: of a search, nested as deep as it may be.
        document: the text of the request, for positions in errors.
        path: of `query` in the document.

    Raises:
        OpenSearchError: 400 with line and column.
    """
    if isinstance(query, list):
        for number, item in enumerate(query):
            check_syntax(item, document, (*path, number))
    elif isinstance(query, dict):
        for name, value in query.items():
            if name == NAME and isinstance(value, dict):
                _check(value, document, (*path, name))
            check_syntax(value, document, (*path, name))


def _check(hybrid: dict[str, Any], document: str, path: Path) -> None:
    for name, value in hybrid.items():
        here = (*path, name)
        if name == "queries" and isinstance(value, list):
            _check_queries(value, document, here)
        elif name == "boost" and value != 1:
            raise at_value(refuse("hybrid_boost"), document, here)
        elif name not in ("queries", "filter", "boost", "_name", "pagination_depth") or (
            isinstance(value, (dict, list)) and name not in ("queries", "filter")
        ):
            raise at_value(refuse("hybrid_unknown_option"), document, here)
    if not hybrid.get("queries"):
        raise at_end(refuse("hybrid_empty"), document, path)


def _check_queries(queries: list[Any], document: str, path: Path) -> None:
    if not queries:
        raise at_end(refuse("hybrid_no_object"), document, path)
    if len(queries) > MAX_SUB_QUERIES:
        raise at_value(refuse("hybrid_many"), document, (*path, MAX_SUB_QUERIES))


def _filtered(query: dict[str, Any], condition: Any) -> dict[str, Any]:
    """`query` for what also meets `condition`, as the queries themselves take a filter in."""
    ((kind, body),) = query.items()
    if kind in _WITH_FILTER:
        ((field, options),) = body.items()
        own = options.get("filter")
        return {kind: {field: {**options, "filter": _filtered(own, condition) if own else condition}}}
    if kind == "bool":
        return {kind: {**body, "filter": [*_as_list(body.get("filter")), condition]}}
    return {"bool": {"must": [query], "filter": [condition]}}


def _bool_clauses(bool_query: dict[str, Any]) -> list[tuple[str, Any]]:
    """The clauses of a `bool` query in Lucene's order."""
    return [(occur, clause) for occur in _OCCURS for clause in _as_list(bool_query.get(occur))]


def _may_hold(bool_query: dict[str, Any]) -> bool:
    """Whether a `hybrid` query may be part of this `bool`: the only `must`, with nothing but filters beside it."""
    first, *others = _bool_clauses(bool_query) or [("", None)]
    return first[0] == "must" and NAME in first[1] and all(occur == "filter" for occur, _ in others)


def _holds(node: Any) -> bool:
    """Whether a `hybrid` query stands in `node`, below nothing but `bool` and `dis_max`."""
    if isinstance(node, list):
        return any(map(_holds, node))
    if not isinstance(node, dict):
        return False
    below = [node.get(name) for name in (*_OCCURS, "queries", "bool", "dis_max")]
    return NAME in node or any(_holds(each) for each in below)


def _without(node: Any) -> Any:
    if isinstance(node, list):
        return [_without(item) for item in node]
    if not isinstance(node, dict):
        return node
    found = hybrid_of(node) if NAME in node else None
    if found:
        return union(Hybrid([_without(query) for query in found.queries]))
    return {name: _without(value) for name, value in node.items()}


def _as_list(clauses: Any) -> list[Any]:
    return clauses if isinstance(clauses, list) else [] if clauses is None else [clauses]
