"""Apache's `StringSubstitutor`: `${parameters.name}` and `${credential.name:-default}` in a connector's texts."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from local.gateway.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\$\{parameters\.([^}]+)}")
_NULL_DEFAULT = re.compile(r'"\$\{parameters\.(\w+):-null}"')


def substitute(text: str, values: Mapping[str, str | None], kind: str = "parameters") -> str:
    """`text` with every `${kind.name}` replaced, also inside the values; unknown names stay as they are.

    Args:
        text: a template.
        values: what to put in, raw: a JSON string must bring its quotes along.
        kind: `parameters` or `credential`.

    Raises:
        OpenSearchError: a value leads back to itself.
    """
    return _substitute(text, values, kind, ())


def _substitute(text: str, values: Mapping[str, str | None], kind: str, trail: tuple[str, ...]) -> str:
    def fill(found: re.Match[str]) -> str:
        name, has_default, default = found.group(1).partition(":-")
        if name in trail:
            raise refuse("template_loop", name=trail[0], trail="->".join((*trail, name)))
        value = values.get(name)
        if value is None:
            value = default if has_default else None
        return found.group() if value is None else _substitute(value, values, kind, (*trail, name))

    return _variable(kind).sub(fill, text)


@cache
def _variable(kind: str) -> re.Pattern[str]:
    return re.compile(r"\$\{" + re.escape(kind) + r"\.([^}]*)}")


def fill_nulls(text: str, values: Mapping[str, str | None]) -> str:
    """`"${parameters.x:-null}"` becomes a bare `null` where `x` has no value, as the plugin does before filling in."""
    return _NULL_DEFAULT.sub(lambda found: found.group() if values.get(found.group(1)) is not None else "null", text)


def unfilled(text: str) -> list[str]:
    """The names of the parameters that `text` still asks for, in order."""
    return _PLACEHOLDER.findall(text)


def escape_json(text: str) -> str:
    r"""`StringEscapeUtils.escapeJson`: quotes, slashes, controls and all that is not ASCII (`ä` → `\u00E4`)."""
    return "".join(_escaped(unit) for unit in text)


_SHORT = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r"}


def _escaped(char: str) -> str:
    if char in _SHORT:
        return _SHORT[char]
    if " " <= char <= "\x7f":
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))
