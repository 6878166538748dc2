"""`filter_path`: OpenSearch's selection of the fields of an answer."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import Any

_DOT = re.compile(r"(?<!\\)\.")
_NOTHING = object()


def filtered(body: Any, expression: str) -> Any:
    """`body` with only what `expression` names.

    Args:
        body: dicts, lists and scalars.
        expression: comma-separated dotted paths; `*` is any name, `**` any depth, a leading `-` takes out.
    """
    paths = [path.strip() for path in expression.split(",") if path.strip()]
    wanted = [_DOT.split(path) for path in paths if not path.startswith("-")]
    unwanted = [_DOT.split(path[1:]) for path in paths if path.startswith("-")]
    kept = _keep(body, wanted) if wanted else body
    left = _drop(kept, unwanted) if unwanted and kept is not _NOTHING else kept
    return {} if left is _NOTHING else left


def _keep(node: Any, paths: list[list[str]]) -> Any:
    if isinstance(node, list):
        items = [kept for item in node if (kept := _keep(item, paths)) is not _NOTHING]
        return items or _NOTHING
    if not isinstance(node, dict):
        return _NOTHING
    found = {}
    for name, value in node.items():
        below = _below(name, paths)
        kept = value if [] in below else _keep(value, below) if below else _NOTHING
        if kept is not _NOTHING:
            found[name] = kept
    return found or _NOTHING


def _drop(node: Any, paths: list[list[str]]) -> Any:
    if isinstance(node, list):
        return [left for item in node if (left := _drop(item, paths)) is not _NOTHING]
    if not isinstance(node, dict):
        return node
    found = {}
    for name, value in node.items():
        below = _below(name, paths)
        left = _NOTHING if [] in below else _drop(value, below)
        if left is not _NOTHING and (left or not isinstance(value, dict) or not value):
            found[name] = left
    return found or _NOTHING


def _below(name: str, paths: list[list[str]]) -> list[list[str]]:
    """What is left of each path that goes on through the field `name`."""
    below = []
    for head, *rest in paths:
        if head == "**":
            below.append([head, *rest])
            below += _below(name, [rest]) if rest else [[]]
        elif fnmatchcase(name, head.replace("\\.", ".")):
            below.append(rest)
    return below
