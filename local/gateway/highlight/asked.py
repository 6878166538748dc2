"""The question of a batch: the text of the search's query, read from the request as it stands."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from local.gateway.java.values import to_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Where a query that holds others has them; 3.7 looks into these.
_CONTAINERS: dict[str, tuple[str, ...]] = {
    "bool": ("must", "should", "filter"),
    "dis_max": ("queries",),
    "constant_score": ("filter",),
    "boosting": ("positive",),
    "function_score": ("query",),
    "script_score": ("query",),
}


class NoTextError(Exception):
    """A query of a type that has no text, or without one."""


def question(query: Any, *, containers: bool = False) -> str | None:
    """The text of `query`; None where there is none, or a part of it has none.

    Args:
        query: of the search, with `neural` clauses in it.
        containers: look into `bool` and its like, as 3.7 does.
    """
    try:
        return _text(query, containers) or None
    except NoTextError:
        return None


def _text(query: Any, containers: bool) -> str:
    if not isinstance(query, dict) or len(query) != 1:
        raise NoTextError
    ((kind, options),) = query.items()
    reader = _READERS.get(kind)
    if reader is not None:
        return reader(options, containers)
    if not containers or kind not in _CONTAINERS:
        raise NoTextError
    return _of_container(kind, options)


def _of_container(kind: str, options: dict[str, Any]) -> str:
    """The texts of all clauses that have one; `bool` must have at least one."""
    clauses = [clause for name in _CONTAINERS[kind] for clause in as_list(options.get(name))]
    if kind not in ("bool", "dis_max"):
        return _text(clauses[0] if clauses else None, containers=True)
    joined = " ".join(text for clause in clauses if (text := question(clause, containers=True)))
    if not joined:
        raise NoTextError
    return joined


def _of_value(name: str) -> Callable[[Any, bool], str]:
    def text(options: Any, containers: bool) -> str:
        for value in options.values():
            found = value.get(name) if isinstance(value, dict) else value
            if found is None:
                raise NoTextError
            return to_string(found)
        raise NoTextError

    return text


def _of_hybrid(options: Any, containers: bool) -> str:
    texts = (_text(sub_query, containers) for sub_query in as_list(options.get("queries")))
    return " ".join(text for text in texts if text)


def _of_nested(options: Any, containers: bool) -> str:
    return _text(options.get("query"), containers)


def _of_wrapper(options: Any, containers: bool) -> str:
    return _text(unwrapped(options), containers)


_READERS: dict[str, Callable[[Any, bool], str]] = {
    "match": _of_value("query"),
    "term": _of_value("value"),
    "neural": _of_value("query_text"),
    "hybrid": _of_hybrid,
    "nested": _of_nested,
    "wrapper": _of_wrapper,
}


def unwrapped(options: dict[str, Any]) -> Any:
    """The query that a `wrapper` query holds, None if it is none."""
    try:
        return json.loads(base64.b64decode(options.get("query", "")))
    except ValueError:
        return None


def as_list(value: Any) -> Iterator[Any]:
    """One query or many, as the DSL allows."""
    yield from value if isinstance(value, list) else [] if value is None else [value]
