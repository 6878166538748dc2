"""Request bodies as OpenSearch's parsers see them: each value with its token, its text and where it stands.

ML Commons reads its requests field by field; what it says of a value of the wrong kind names the kind, line and column.
Columns count bytes from 1, as Jackson's do.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from local.gateway.bodies import json_value
from local.gateway.errors import OpenSearchError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway.upstream import Upstream

_BLANK = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
_WORDS = {"t": ("true", True), "f": ("false", False), "n": ("null", None)}
_SCALARS = ("VALUE_STRING", "VALUE_NUMBER", "VALUE_BOOLEAN")
_REDACTED = "REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled)"
_INT = range(-(2**31), 2**31)


class Spot(NamedTuple):
    """A place in a body: line and column, from 1; columns are bytes."""

    line: int
    column: int


@dataclass(frozen=True)
class Value:
    """One JSON value of a body.

    Attributes:
        content: plain Python: dict, list, str, int, float, bool or None.
        kind: what the parser calls its token.
        source: the whole body.
        start: index in `source` of its first character.
        end: index after its last.
        fields: by name, in order, where it is an object.
        items: where it is an array.
    """

    content: Any
    kind: str
    source: str
    start: int
    end: int
    fields: tuple[tuple[str, Value], ...] = ()
    items: tuple[Value, ...] = ()

    def spot(self, index: int | None = None) -> Spot:
        """Where the value begins, or where another character of the body stands."""
        at = self.start if index is None else index
        begin = self.source.rfind("\n", 0, at) + 1
        return Spot(self.source.count("\n", 0, at) + 1, len(self.source[begin:at].encode()) + 1)

    # --- as XContentParser reads it

    def text(self) -> str:
        """`text()`: a string, or the characters of a number or boolean.

        Raises:
            OpenSearchError: 500, null, an object or an array.
        """
        if self.kind not in _SCALARS:
            spot = self.spot()
            reason = f"Can't get text on a {self.kind} at {spot.line}:{spot.column}"
            raise OpenSearchError(500, "illegal_state_exception", reason)
        return self.content if isinstance(self.content, str) else self.source[self.start : self.end]

    def text_or_null(self) -> str | None:
        """`textOrNull()`: as `text`, None for null."""
        return None if self.content is None else self.text()

    def boolean(self) -> bool:
        """`booleanValue()`: true, false, or one of them as a string.

        Raises:
            OpenSearchError: 400, anything else.
        """
        if isinstance(self.content, bool):
            return self.content
        if not isinstance(self.content, str):
            raise self._unreadable(f"Current token ({self._jackson_token()}) not of boolean type")
        if self.content in ("true", "false"):
            return self.content == "true"
        reason = f"Failed to parse value [{self.content}] as only [true] or [false] are allowed."
        raise OpenSearchError(400, "illegal_argument_exception", reason)

    def integer(self) -> int:
        """`intValue()`: a number without its fraction, or a string that holds one.

        Raises:
            OpenSearchError: 400, no number, or one of more than 32 bits.
        """
        if isinstance(self.content, str):
            return self._integer_of_text(self.content)
        if self.kind != "VALUE_NUMBER":
            raise self._unreadable(
                f"Current token ({self._jackson_token()}) not numeric, can not use numeric value accessors"
            )
        number = int(self.content)
        if number not in _INT:
            text = self.source[self.start : self.end]
            reason = f"Numeric value ({text}) out of range of int ({_INT[0]} - {_INT[-1]})"
            raise self._unreadable(reason, "input_coercion_exception")
        return number

    def object(self) -> Iterator[tuple[str, Value]]:
        """The fields of an object, in their order.

        Raises:
            OpenSearchError: 400, this is no object.
        """
        self._expect("START_OBJECT")
        return iter(self.fields)

    def array(self) -> tuple[Value, ...]:
        """The items of an array.

        Raises:
            OpenSearchError: 400, this is no array.
        """
        self._expect("START_ARRAY")
        return self.items

    def map(self) -> dict[str, Any]:
        """`map()`: an object as it is; anything else is an empty one."""
        return self.content if isinstance(self.content, dict) else {}

    def map_strings(self) -> dict[str, str]:
        """`mapStrings()`: an object's values as texts; anything but an object is an empty one."""
        return {name: value.text() for name, value in self.fields}

    def _expect(self, kind: str) -> None:
        if self.kind == kind:
            return
        spot = self.spot()
        reason = f"Failed to parse object: expecting token of type [{kind}] but found [{self.kind}]"
        raise OpenSearchError(400, "parsing_exception", reason, extra={"line": spot.line, "col": spot.column})

    def _unreadable(self, complaint: str, error: str = "json_parse_exception") -> OpenSearchError:
        spot = self.spot(self.end if self.kind in (*_SCALARS, "VALUE_NULL") else self.start + 1)
        where = f" at [Source: {_REDACTED}; line: {spot.line}, column: {spot.column}]"
        return OpenSearchError(400, error, f"{complaint}\n{where}")

    def _jackson_token(self) -> str:
        if self.kind == "VALUE_NUMBER":
            return "VALUE_NUMBER_INT" if isinstance(self.content, int) else "VALUE_NUMBER_FLOAT"
        if self.kind == "VALUE_BOOLEAN":
            return "VALUE_TRUE" if self.content else "VALUE_FALSE"
        return self.kind

    def _integer_of_text(self, text: str) -> int:
        try:
            number = float(text.strip())
        except ValueError as error:
            reason = f'For input string: "{text}"' if text.strip() else "empty String"
            raise OpenSearchError(400, "number_format_exception", reason) from error
        if not _INT[0] <= number <= _INT[-1]:
            raise OpenSearchError(400, "illegal_argument_exception", f"Value [{text}] is out of range for an integer")
        return int(number)


async def read(raw: bytes, upstream: Upstream) -> Value:
    """The JSON object in `raw`.

    Args:
        raw: a body that is not empty.
        upstream: is asked what its JSON parser says of a body that is no JSON.

    Raises:
        OpenSearchError: not JSON (in Jackson's words), or not an object.
    """
    await json_value(raw, upstream)
    value = parse(raw.decode("utf-8"))
    value.object()
    return value


def parse(source: str) -> Value:
    """The value in well-formed JSON."""
    return _value(source, _skip(source, 0))


def _skip(source: str, at: int) -> int:
    return _matched(_BLANK, source, at).end()


def _value(source: str, at: int) -> Value:
    char = source[at]
    if char == "{":
        return _object(source, at)
    if char == "[":
        return _array(source, at)
    if char == '"':
        text, end = _string(source, at)
        return Value(text, "VALUE_STRING", source, at, end)
    if char in _WORDS:
        word, constant = _WORDS[char]
        token = "VALUE_NULL" if constant is None else "VALUE_BOOLEAN"
        return Value(constant, token, source, at, at + len(word))
    return _number(source, at)


def _string(source: str, at: int) -> tuple[str, int]:
    end = _matched(_STRING, source, at).end()
    return str(json.loads(source[at:end])), end


def _matched(pattern: re.Pattern[str], source: str, at: int) -> re.Match[str]:
    matched = pattern.match(source, at)
    if matched is None:
        raise ValueError(f"No JSON value at character {at}. Pass text that json.loads() reads.")
    return matched


def _number(source: str, at: int) -> Value:
    matched = _matched(_NUMBER, source, at)
    number = float(matched.group()) if matched.group(1) or matched.group(2) else int(matched.group())
    return Value(number, "VALUE_NUMBER", source, at, matched.end())


def _object(source: str, start: int) -> Value:
    fields: list[tuple[str, Value]] = []
    at = _skip(source, start + 1)
    while source[at] != "}":
        name, end = _string(source, at)
        value = _value(source, _skip(source, _skip(source, end) + 1))
        fields.append((name, value))
        at = _skip(source, value.end)
        at = _skip(source, at + 1) if source[at] == "," else at
    content = {name: value.content for name, value in fields}
    return Value(content, "START_OBJECT", source, start, at + 1, fields=tuple(fields))


def _array(source: str, start: int) -> Value:
    items: list[Value] = []
    at = _skip(source, start + 1)
    while source[at] != "]":
        items.append(_value(source, at))
        at = _skip(source, items[-1].end)
        at = _skip(source, at + 1) if source[at] == "," else at
    return Value([item.content for item in items], "START_ARRAY", source, start, at + 1, items=tuple(items))
