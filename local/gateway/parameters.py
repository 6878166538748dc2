"""The parameters of a request's query: which are known, what an unknown one may have been meant to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.gateway.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COMMON = frozenset({"pretty", "human", "error_trace", "filter_path", "format"})
WITH_SOURCE = COMMON | {"source", "source_content_type"}
_BOOLEANS = ("pretty", "human", "error_trace")
_LIKENESS = 0.5


def check(path: str, query: Mapping[str, str], known: Iterable[str], in_path: Iterable[str]) -> None:
    """Refuse parameters that nobody reads, and switches that are neither on nor off.

    Args:
        path: of the request.
        query: its parameters.
        known: those that are read beyond the common ones.
        in_path: names of the path's segments, which an unknown parameter may have been meant to be, too.

    Raises:
        OpenSearchError: 400, naming every unknown parameter, with what it is like.
    """
    for name in _BOOLEANS:
        flag(name, query)
    candidates = {*known, *in_path, *COMMON}
    unknown = sorted(set(query) - set(known) - WITH_SOURCE)
    if unknown:
        names = ", ".join(_suggested(name, candidates) for name in unknown)
        raise refuse("parameter_unknown", path=path, s="s" if len(unknown) > 1 else "", names=names)


def flag(name: str, parameters: Mapping[str, str]) -> bool:
    """Whether a boolean parameter is on; a bare `?name` is.

    Raises:
        OpenSearchError: 400, its value is neither true nor false.
    """
    value = parameters.get(name, "false")
    if value not in ("", "true", "false"):
        raise refuse("setting_not_boolean", value=value)
    return value != "false"


def _suggested(name: str, candidates: Iterable[str]) -> str:
    likeness = {other: 1 - _distance(name, other) / max(len(name), len(other)) for other in candidates}
    alike = sorted((other for other in likeness if likeness[other] > _LIKENESS), key=lambda it: (-likeness[it], it))
    if not alike:
        return f"[{name}]"
    meant = f"[{', '.join(alike)}]"
    return f"[{name}] -> did you mean {meant if len(alike) == 1 else f'any of {meant}'}?"


def _distance(one: str, other: str) -> int:
    """Levenshtein's: how many letters to put in, take out or replace."""
    row = list(range(len(other) + 1))
    for at, char in enumerate(one, 1):
        previous, row[0] = row[0], at
        for column, letter in enumerate(other, 1):
            change = previous + (char != letter)
            previous = row[column]
            row[column] = min(row[column] + 1, row[column - 1] + 1, change)
    return row[-1]
