"""Apache's `StringSubstitutor`: `${parameters.name}` and `${credential.name:-default}` in a connector's texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local.gateway.errors import refuse
from local.gateway.java.gson import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACEHOLDER = re.compile(r"\$\{parameters\.([^}]+)}")
_NULL_DEFAULT = re.compile(r'"\$\{parameters\.(\w+):-null}"', re.ASCII)
_TO_STRING = re.compile(r"\$\{parameters\.(.+?)\.toString\(\)}")
_DEFAULT = ":-"


def substitute(text: str, values: Mapping[str, str | None], kind: str = "parameters") -> str:
    """`text` with every `${kind.name}` replaced, also inside the values; unknown names stay as they are.

    Args:
        text: a template; `$${kind.name}` stands for `${kind.name}` itself.
        values: what to put in, raw: a JSON string must bring its quotes along.
        kind: `parameters` or `credential`.

    Raises:
        OpenSearchError: a value leads back to itself.
    """
    return _substitute(text, values, f"${{{kind}.", (text,))


def _substitute(text: str, values: Mapping[str, str | None], prefix: str, trail: tuple[str, ...]) -> str:
    """Args as in `substitute`; `trail` is the whole template, then the names that led here."""
    done, rest = "", text
    while True:
        before, found, rest = rest.partition(prefix)
        expression, closed, after = rest.partition("}")
        done += before
        if not closed:  # also where there is nothing more to find
            return done + found + rest
        if done.endswith("$"):
            done = done[:-1] + found
        else:
            value = _resolved(expression, values, prefix, trail)
            done += found + expression + closed if value is None else value
            rest = after


def _resolved(expression: str, values: Mapping[str, str | None], prefix: str, trail: tuple[str, ...]) -> str | None:
    name, default = _split(expression, prefix)
    if name in trail:
        raise refuse("template_loop", text=trail[0], trail="->".join(trail[1:]))
    value = values.get(name)
    value = default if value is None else value
    return None if value is None else _substitute(value, values, prefix, (*trail, name))


def _split(expression: str, prefix: str) -> tuple[str, str | None]:
    """Name and default of `name:-default`; a variable within an expression hides what follows it."""
    visible = expression.partition(prefix)[0]
    at = visible.find(_DEFAULT)
    return (expression, None) if at < 0 else (expression[:at], expression[at + len(_DEFAULT) :])


def with_texts(values: Mapping[str, str]) -> dict[str, str]:
    """`values`, and `x.toString()` for each `${parameters.x.toString()}` in them: x as the inside of a JSON string."""
    named = [name for value in values.values() if value is not None for name in _TO_STRING.findall(value)]
    known = {name: values[name] for name in named if values.get(name) is not None}
    return {**values, **{f"{name}.toString()": dumps(value)[1:-1] for name, value in known.items()}}


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
    if " " <= char < "\x7f":
        return char
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))
