"""From a query of the DSL to the query that a shard runs: the server itself says what it makes of words."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway.errors import UpstreamError
from local.gateway.highlight import explanations
from local.gateway.highlight.asked import as_list, unwrapped
from local.gateway.highlight.clauses import (
    Boolean,
    Clause,
    Hybrid,
    Nested,
    Neural,
    Other,
    Query,
    Term,
    Wrapped,
    might_match_outside,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.gateway.upstream import Upstream

    Explain = Callable[[dict[str, Any]], str | None]

# In the order in which a shard adds them to a `BooleanQuery`.
_OCCURS = (("must", "+"), ("must_not", "-"), ("should", ""), ("filter", "#"))
_MATCH_ALL = Other("*:*")
# Queries on many fields, functions or vectors: their words are not looked at, so nobody has to ask for them.
_WITHOUT_TEXT: dict[str, Query] = {
    **dict.fromkeys(("match_all", "dis_max", "function_score", "script_score", "boosting", "knn"), _MATCH_ALL),
    "neural_sparse": Boolean((Clause("", _MATCH_ALL),)),
    "constant_score": Wrapped(_MATCH_ALL),
}


async def lucene_queries(upstream: Upstream, query: Any, indices: list[str]) -> dict[str, Query]:
    """What each index makes of `query`.

    Args:
        upstream: the server.
        query: of the DSL, with `neural` and `hybrid` in it; None matches all.
        indices: concrete names.

    Returns:
        by index; one whose words the server cannot explain has `Other` for them.
    """
    leaves = {json.dumps(leaf): leaf for leaf in _leaves(query)}
    found = await asyncio.gather(*(_explained(upstream, leaf, indices) for leaf in leaves.values()))
    words = dict(zip(leaves, found, strict=True))

    def explain(index: str) -> Explain:
        return lambda leaf: words[json.dumps(leaf)].get(index)

    return {index: built(query, explain(index)) for index in indices}


def built(query: Any, explain: Explain) -> Query:
    """The Lucene query of `query`.

    Args:
        query: of the DSL.
        explain: the server's words for a query that holds no other.
    """
    if not isinstance(query, dict) or len(query) != 1:
        return _MATCH_ALL
    ((kind, options),) = query.items()
    composite = _COMPOSITES.get(kind)
    if composite is not None:
        found = composite(options, explain)
        return found if options.get("boost", 1) == 1 else Wrapped(found)
    if kind == "neural":
        return _neural(options)
    if kind in _WITHOUT_TEXT:
        return _WITHOUT_TEXT[kind]
    text = explain(query)
    if text is None:
        return Other()
    return explanations.parsed(text, kind, literal=_is_literal(kind, options))


def _is_literal(kind: str, options: Any) -> bool:
    fuzzy = any(isinstance(each, dict) and "fuzziness" in each for each in (options, *options.values()))
    return kind in ("match", "match_phrase", "multi_match") and not fuzzy


def _bool(options: dict[str, Any], explain: Explain) -> Query:
    clauses = [Clause(sign, built(query, explain)) for name, sign in _OCCURS for query in as_list(options.get(name))]
    if not clauses:
        return _MATCH_ALL
    if all(clause.occur == "-" for clause in clauses) and options.get("adjust_pure_negative", True):
        clauses.append(Clause("#", _MATCH_ALL))
    return Boolean(tuple(clauses))


def _nested(options: dict[str, Any], explain: Explain) -> Query:
    child, path = built(options.get("query"), explain), str(options.get("path"))
    if might_match_outside(child, path):
        child = Boolean((Clause("+", child), Clause("#", Term("_nested_path", path))))
    return Nested(child)


def _hybrid(options: dict[str, Any], explain: Explain) -> Query:
    shared = options.get("filter")
    queries = [built(query, explain) for query in as_list(options.get("queries"))]
    if shared is not None:
        each = Clause("#", built(shared, explain))
        queries = [Boolean((Clause("+", query), each)) for query in queries]
    return Hybrid(tuple(queries))


def _wrapper(options: dict[str, Any], explain: Explain) -> Query:
    return built(unwrapped(options), explain)


def _neural(options: Any) -> Query:
    for own in options.values():
        found = Neural(own.get("query_text") if isinstance(own, dict) else None)
        return found if not isinstance(own, dict) or own.get("boost", 1) == 1 else Wrapped(found)
    return Other()


_COMPOSITES: dict[str, Callable[[dict[str, Any], Explain], Query]] = {
    "bool": _bool,
    "nested": _nested,
    "hybrid": _hybrid,
    "wrapper": _wrapper,
}


def _leaves(query: Any) -> Iterator[dict[str, Any]]:
    """The queries to ask the server about."""
    asked: list[dict[str, Any]] = []

    def remember(leaf: dict[str, Any]) -> str | None:
        asked.append(leaf)
        return None

    built(query, remember)
    yield from asked


async def _explained(upstream: Upstream, leaf: dict[str, Any], indices: list[str]) -> dict[str, str]:
    path = f"/{','.join(quote(index, safe='') for index in indices)}/_validate/query?explain=true&rewrite=false"
    try:
        answer = await upstream.call("POST", path, {"query": leaf})
    except UpstreamError:
        return {}
    return {each["index"]: each["explanation"] for each in answer["explanations"] if "explanation" in each}
