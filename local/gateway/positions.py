"""Where something stands in a JSON text: line and column, as a parsing error of OpenSearch names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Path = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
NAME, VALUE, END = "name", "value", "end"


class Position(NamedTuple):
    """A place in a text, both counted from 1."""

    line: int
    col: int


class Place(NamedTuple):
    """Where the name, the beginning or the end of the value at `path` stands: `at` counts characters."""

    at: int
    kind: str
    path: Path


def places(document: str) -> Iterator[Place]:
    """Every name, value and closing brace or bracket of `document`, which is well-formed JSON."""
    trail: list[str | int] = []
    kinds: list[str] = []
    expects_name = False
    for token in _TOKEN.finditer(document):
        symbol = token.group()
        if symbol == ",":
            expects_name = _next_item(trail, kinds)
        elif symbol == ":":
            expects_name = False
        elif symbol in "}]":
            kinds.pop()
            trail.pop()
            yield Place(token.start(), END, tuple(trail))
        elif expects_name:
            trail[-1] = symbol[1:-1]
            yield Place(token.start(), NAME, tuple(trail))
        else:
            yield Place(token.start(), VALUE, tuple(trail))
            expects_name = _enter(symbol, trail, kinds)


def position_of(document: str, path: Path, kind: str = VALUE) -> Position:
    """Where the value at `path` begins in `document`; (1, 1) if there is none.

    Args:
        document: well-formed JSON.
        path: keys and indices from the top.
        kind: `NAME` for the value's name, `END` for its closing brace or bracket.
    """
    found = next((place for place in places(document) if place.kind == kind and place.path == path), None)
    if found is None and kind == END:
        return position_of(document, path)
    return Position(1, 1) if found is None else position_at(document, found.at)


def position_at(document: str, at: int) -> Position:
    """Line and column of the character `at`."""
    line_start = document.rfind("\n", 0, at) + 1
    return Position(document.count("\n", 0, at) + 1, at - line_start + 1)


def _next_item(trail: list[str | int], kinds: list[str]) -> bool:
    if kinds[-1] == "{":
        return True
    trail[-1] = int(trail[-1]) + 1
    return False


def _enter(symbol: str, trail: list[str | int], kinds: list[str]) -> bool:
    if symbol not in "{[":
        return False
    kinds.append(symbol)
    trail.append(0 if symbol == "[" else "")
    return symbol == "{"
