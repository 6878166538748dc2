"""JSON as Gson reads it (leniently) and writes it (compactly).

ML Commons decides with Gson whether a payload is JSON, and answers with Gson's own words when a model's answer is not.
"""

from __future__ import annotations

import json
import re
from typing import Any

_HELP = "See https://github.com/google/gson/blob/main/Troubleshooting.md#malformed-json"
_STRICT = "Use JsonReader.setStrictness(Strictness.LENIENT) to accept malformed JSON"
_BLANK = re.compile(r"(?:[ \t\r\n]|/\*.*?\*/|(?://|#)[^\r\n]*)*", re.DOTALL)
_LITERAL = re.compile(r"[^/\\;#={}\[\]:, \t\f\r\n]+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"} | {char: char for char in "\n'\"\\/"}
_WORDS = {"true": True, "false": False, "null": None}


class JsonSyntaxError(ValueError):
    """Text that Gson refuses; `reason` and `cause` are Java's exception names and words."""

    def __init__(self, message: str, *, eof: bool = False) -> None:
        java_class = "java.io.EOFException" if eof else "com.google.gson.stream.MalformedJsonException"
        super().__init__(f"{java_class}: {message}")
        self.cause_type = "e_o_f_exception" if eof else "malformed_json_exception"
        self.cause_reason = message


def parse(text: str, *, as_map: bool = False) -> Any:
    """The value of the first JSON element of `text`; what follows it is an error, as in `JsonParser.parseString`.

    Numbers come back as floats, as Gson's untyped numbers are doubles.

    Args:
        text: JSON, or what a lenient reader takes for it.
        as_map: it is read as a `Map`: paths in messages lack the names at the top (09 single_q).

    Raises:
        JsonSyntaxError: with Gson's message, position and path.
    """
    reader = _Reader(text, as_map=as_map)
    value = reader.value()
    reader.blank()
    if reader.at < len(text):
        raise reader.malformed(_STRICT, at=reader.at + 1)
    return value


def is_json(text: str) -> bool:
    """Whether ML Commons takes `text` for a JSON object or array (unquoted strings count, bare scalars do not)."""
    if text.strip()[:1] not in ("{", "["):
        return False
    try:
        parse(text)
    except JsonSyntaxError:
        return False
    return True


def dumps(value: Any) -> str:
    """`value` as `Gson.toJson` writes it: no blanks, no escapes beyond JSON's own, Java's notation of doubles."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{_quoted(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dumps(item) for item in value) + "]"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        return java_double(value)
    return json.dumps(value)


def java_double(number: float) -> str:
    """`Double.toString`: plain between 1e-3 and 1e7, else one digit before the point and an `E`."""
    if number == 0 or 1e-3 <= abs(number) < 1e7:
        return repr(number) if "e" not in repr(number) else f"{number:f}".rstrip("0")
    digits, _, exponent = f"{number:.17e}".partition("e")
    for precision in range(1, 18):
        digits, _, exponent = f"{number:.{precision}e}".partition("e")
        if float(f"{digits}e{exponent}") == number:
            break
    return f"{digits}E{int(exponent)}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


class _Reader:
    """Gson's `JsonReader` in lenient mode: comments, single quotes, bare words and `;` are fine."""

    def __init__(self, text: str, *, as_map: bool = False) -> None:
        self.text = text
        self.at = 0
        self.path: list[str] = []
        self._as_map = as_map

    def blank(self) -> None:
        matched = _BLANK.match(self.text, self.at)
        self.at = matched.end() if matched else self.at

    def peek(self) -> str:
        self.blank()
        return self.text[self.at : self.at + 1]

    def malformed(self, message: str, *, at: int | None = None, eof: bool = False) -> JsonSyntaxError:
        position = self.at if at is None else at
        line = self.text.count("\n", 0, position)
        before = self.text[self.text.rfind("\n", 0, position) + 1 : position]
        column = len(before.encode("utf-16-le", "surrogatepass")) // 2 + position - min(position, len(self.text)) + 1
        where = f"{message} at line {line + 1} column {column} path ${''.join(self.path)}"
        return JsonSyntaxError(where if eof else f"{where}\n{_HELP}", eof=eof)

    def value(self) -> Any:
        char = self.peek()
        if not char:
            raise self.malformed("End of input", eof=True)
        if char == "{":
            return self._object()
        if char == "[":
            return self._array()
        if char in "\"'":
            return self._string(char)
        return self._literal()

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        self.path.append(".")
        while self.peek() != "}":
            name = self._name()
            self.path[-1] = "." if self._as_map and len(self.path) == 1 else f".{name}"
            if self.peek() not in (":", "="):
                raise self._unexpected("Expected ':'")
            self.at += 2 if self.text.startswith("=>", self.at) else 1
            if name in found:
                raise self.malformed(f"duplicate key: {name}")
            found[name] = self.value()
            self._separator("}", "Unterminated object")
        self.path.pop()
        self.at += 1
        return found

    def _array(self) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        self.path.append("[0]")
        while self.peek() != "]":
            found.append(None if self.peek() in (",", ";") else self.value())
            self.path[-1] = f"[{len(found)}]"
            self._separator("]", "Unterminated array")
        self.path.pop()
        self.at += 1
        return found

    def _separator(self, closing: str, complaint: str) -> None:
        char = self.peek()
        if char in (",", ";") and char:
            self.at += 1
        elif char != closing:
            raise self._unexpected(complaint)

    def _name(self) -> str:
        char = self.peek()
        return self._string(char) if char and char in "\"'" else str(self._bare("Expected name"))

    def _literal(self) -> Any:
        word = self._bare("Expected value")
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        return float(word) if _NUMBER.fullmatch(word) else word

    def _bare(self, complaint: str) -> str:
        matched = _LITERAL.match(self.text, self.at)
        if matched is None:
            raise self._unexpected(complaint)
        self.at = matched.end()
        return matched.group()

    def _unexpected(self, complaint: str) -> JsonSyntaxError:
        if self.at >= len(self.text):
            return self.malformed("End of input", eof=True)
        return self.malformed(complaint, at=self.at + 1)

    def _string(self, quote: str) -> str:
        pieces: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == quote:
                return "".join(pieces)
            pieces.append(self._escape() if char == "\\" else char)
        raise self.malformed("Unterminated string")

    def _escape(self) -> str:
        char = self.text[self.at : self.at + 1]
        self.at += 1
        if char != "u":
            if char not in _ESCAPES:
                raise self.malformed("Invalid escape sequence")
            return _ESCAPES[char]
        try:
            code = int(self.text[self.at : self.at + 4], 16)
        except ValueError as error:
            raise self.malformed("Malformed Unicode escape") from error
        self.at += 4
        return chr(code)
