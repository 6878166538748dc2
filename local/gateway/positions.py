"""Where a value stands in a JSON text: line and column, as a parsing error of OpenSearch names them."""

from __future__ import annotations

import re
from typing import NamedTuple

Path = tuple[str | int, ...]
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)


class Position(NamedTuple):
    """A place in a text, both counted from 1."""

    line: int
    col: int


def position_of(document: str, path: Path) -> Position:
    """Where the value at `path` begins in `document`; (1, 1) if there is none.

    Args:
        document: well-formed JSON.
        path: keys and indices from the top.
    """
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
        elif expects_name:
            trail[-1] = symbol[1:-1]
        else:
            if tuple(trail) == path:
                return _position(document, token.start())
            expects_name = _enter(symbol, trail, kinds)
    return Position(1, 1)


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


def _position(document: str, at: int) -> Position:
    line_start = document.rfind("\n", 0, at) + 1
    return Position(document.count("\n", 0, at) + 1, at - line_start + 1)


def end_of(document: str, path: Path) -> Position:
    """Where the value at `path` ends: the place of its closing brace or bracket; as `position_of` else."""
    start = position_of(document, path)
    lines = document.split("\n")
    at = sum(len(line) + 1 for line in lines[: start.line - 1]) + start.col - 1
    depth = 0
    for token in _TOKEN.finditer(document, at):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        if depth == 0:
            return _position(document, token.start())
    return start
