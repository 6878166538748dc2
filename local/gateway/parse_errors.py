"""Errors of a query's parser: where in the request, and inside which `bool` queries."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from local.gateway.errors import OpenSearchError
from local.gateway.positions import END, NAME, Position, position_of

if TYPE_CHECKING:
    from local.gateway.positions import Path

KIND = "x_content_parse_exception"
_OCCURS = ("must", "must_not", "should", "filter")


def at_value(error: OpenSearchError, document: str, path: Path) -> OpenSearchError:
    """`error` with the place of the value at `path`, inside the `bool` queries around it."""
    return _placed(error, position_of(document, path), path)


def at_name(error: OpenSearchError, document: str, path: Path) -> OpenSearchError:
    """`error` with the place of the name of the value at `path`."""
    return _placed(error, position_of(document, path, NAME), path)


def at_end(error: OpenSearchError, document: str, path: Path) -> OpenSearchError:
    """`error` with the place where the value at `path` ends."""
    return _placed(error, position_of(document, path, END), path)


def after(error: OpenSearchError, document: str, path: Path) -> OpenSearchError:
    """`error`, which names no place of its own, found where the value at `path` ends."""
    return _inside(error, position_of(document, path, END), path)


def _placed(error: OpenSearchError, position: Position, path: Path) -> OpenSearchError:
    error.error |= position._asdict()
    return _inside(error, position, path)


def _inside(error: OpenSearchError, position: Position, path: Path) -> OpenSearchError:
    """Each `bool` on the way to `path` says that it could not parse its clause, with the error as the cause."""
    root = error.error if "line" in error.error else None
    for name, occur in reversed([*pairwise(path)]):
        if name == "bool" and occur in _OCCURS:
            reason = f"[{position.line}:{position.col}] [bool] failed to parse field [{occur}]"
            cause = error.item()
            error = OpenSearchError(error.status, KIND, reason, caused_by=cause, root_cause=root)
            root = error.root_cause
    return error
