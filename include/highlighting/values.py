"""The texts of a hit: fields of objects, arrays, patterns."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


def content_of(hit: dict[str, Any], from_fields: bool) -> dict[str, Any]:
    """What a hit says about its document, under full names; that of a nested hit begins at its own object.

    Args:
        hit: of a search's answer, or an inner hit.
        from_fields: look into `fields`, not into `_source`.
    """
    found = hit.get("fields") if from_fields else hit.get("_source")
    source = found if isinstance(found, dict) else {}
    path = _nested_path(hit.get("_nested"))
    if not path or any(name == path or name.startswith(f"{path}.") for name in source):
        return source
    return {path: source}


def texts_of(content: dict[str, Any], name: str) -> dict[str, list[Any]]:
    """The values of the fields that `name` means, in the order of the document.

    Args:
        content: of a hit, see `content_of`.
        name: of a field, of one below another (`text.english` has the text of `text`), or a pattern with `*`.

    Returns:
        By full name; values that are no texts are in there, as not to be lost silently; empty texts and nulls are not.
        A pattern means texts only.
    """
    if "*" not in name:
        values = [value for value in _walk(content, name) if value not in (None, "")]
        return {name: values} if values else {}
    found: dict[str, list[Any]] = {}
    for full, value in _leaves(content, ""):
        if means(name, full) and isinstance(value, str) and value:
            found.setdefault(full, []).append(value)
    return found


def means(pattern: str, name: str) -> bool:
    """Whether a pattern with `*` means a field of that name.

    >>> means("o.*", "o.text"), means("o", "o.text")
    (True, False)
    """
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), name) is not None


def _nested_path(nested: Any) -> str:
    names = []
    while isinstance(nested, dict):
        names.append(str(nested.get("field")))
        nested = nested.get("_nested")
    return ".".join(names)


def _walk(value: Any, path: str) -> Iterator[Any]:
    """Values at a path; names may be written with dots, and texts may have fields of their own below them."""
    if isinstance(value, list):
        for each in value:
            yield from _walk(each, path)
    elif not path or isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            if name == path or path.startswith(f"{name}."):
                yield from _walk(inner, path[len(name) + 1 :])


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, path)
    else:
        yield path, value
