"""The question of a search: the text that its query looks for."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Queries that hold others, and where: first what a hit is scored by, then what it is only filtered by.
_HOLDERS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "bool": (("must", "should"), ("filter",)),
    "boosting": (("positive",), ()),
    "constant_score": (("filter",), ()),
    "dis_max": (("queries",), ()),
    "function_score": (("query",), ()),
    "has_child": (("query",), ()),
    "has_parent": (("query",), ()),
    "hybrid": (("queries",), ()),
    "nested": (("query",), ()),
    "pinned": (("organic",), ()),
    "script_score": (("query",), ()),
    "span_first": (("match",), ()),
    "span_multi": (("match",), ()),
    "span_near": (("clauses",), ()),
    "span_or": (("clauses",), ()),
}
# Queries of one field, `{field: text}` or `{field: {option: text}}`: the option that has the text.
_OF_FIELD = {
    "match": "query",
    "match_bool_prefix": "query",
    "match_phrase": "query",
    "match_phrase_prefix": "query",
    "common": "query",
    "fuzzy": "value",
    "prefix": "value",
    "span_term": "value",
    "term": "value",
    "neural": "query_text",
    "neural_sparse": "query_text",
}
_WITH_QUERY = ("multi_match", "combined_fields", "simple_query_string", "query_string", "agentic")
_NEGATED = re.compile(r'(?:(?<![^\s(])[-!]|\bNOT\s+)(?:[A-Za-z_][\w.*]*:)?(?:"[^"]*"|[^\s()"]+)')
_OPERATORS = re.compile(
    r"\b(?:AND|OR|NOT|TO)\b|(?<![\w.])[A-Za-z_][\w.*\\]*:(?=\S)|[~^]\d*(?:\.\d+)?|[\"()\[\]{}|&!*?<>=/\\]"
)
_SIGNS = re.compile(r"(?<!\S)[+-]+(?=\S)")


def question_of(query: object) -> str | None:
    """The text of a query; None where it has none.

    Texts of several clauses are joined by a blank, each once. What a hit must not match says nothing; clauses that
    only filter speak where no other does.

    >>> question_of({"bool": {"must": {"match": {"text": "dog bones"}}, "filter": {"term": {"lang": "en"}}}})
    'dog bones'
    >>> question_of({"query_string": {"query": 'title:"dog bones" AND NOT cats^2'}})
    'dog bones'
    >>> question_of({"match_all": {}}) is None
    True
    """
    texts = [text.strip() for text in _texts(query)]
    return " ".join(dict.fromkeys(text for text in texts if text)) or None


def _texts(query: object) -> Iterator[str]:
    if not isinstance(query, dict):
        return
    for kind, options in query.items():
        reader = _READERS.get(kind)
        if reader is not None and isinstance(options, dict):
            yield from reader(options)
        elif kind in _HOLDERS and isinstance(options, dict):
            yield from _of_holder(kind, options)


def _of_holder(kind: str, options: dict[str, Any]) -> Iterator[str]:
    for names in _HOLDERS[kind]:
        found = [text for name in names for clause in _listed(options.get(name)) for text in _texts(clause)]
        if found:
            yield from found
            return


def _of_field(option: str) -> Callable[[dict[str, Any]], Iterator[str]]:
    def read(options: dict[str, Any]) -> Iterator[str]:
        for field, value in options.items():
            text = value.get(option) if isinstance(value, dict) else value
            if isinstance(text, str) and not field.startswith("_"):
                yield text

    return read


def _of_query(options: dict[str, Any]) -> Iterator[str]:
    text = options.get("query", options.get("query_text"))
    if isinstance(text, str):
        yield text


def _of_query_string(options: dict[str, Any]) -> Iterator[str]:
    for text in _of_query(options):
        yield " ".join(_SIGNS.sub("", _OPERATORS.sub(" ", _NEGATED.sub(" ", text))).split())


def _of_terms(options: dict[str, Any]) -> Iterator[str]:
    for field, values in options.items():
        if isinstance(values, list) and not field.startswith("_"):
            yield from (value for value in values if isinstance(value, str))


def _of_more_like_this(options: dict[str, Any]) -> Iterator[str]:
    yield from (text for text in _listed(options.get("like")) if isinstance(text, str))


def _of_intervals(options: dict[str, Any]) -> Iterator[str]:
    for rule in options.values():
        yield from _of_rule(rule)


def _of_rule(rule: object) -> Iterator[str]:
    for name, value in rule.items() if isinstance(rule, dict) else ():
        if name in ("match", "fuzzy", "prefix") and isinstance(value, dict):
            yield from (value[key] for key in ("query", "term", "prefix") if isinstance(value.get(key), str))
        elif name in ("all_of", "any_of") and isinstance(value, dict):
            for inner in _listed(value.get("intervals")):
                yield from _of_rule(inner)


def _of_wrapper(options: dict[str, Any]) -> Iterator[str]:
    try:
        yield from _texts(json.loads(base64.b64decode(options.get("query", ""))))
    except ValueError:
        return


def _listed(value: object) -> list[Any]:
    """One query or many, as the DSL allows."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


_READERS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    **{kind: _of_field(option) for kind, option in _OF_FIELD.items()},
    **dict.fromkeys(_WITH_QUERY, _of_query),
    "query_string": _of_query_string,
    "simple_query_string": _of_query_string,
    "terms": _of_terms,
    "more_like_this": _of_more_like_this,
    "intervals": _of_intervals,
    "wrapper": _of_wrapper,
}
