"""Gson's `JsonReader` in lenient mode: comments, single quotes, bare words, `;` and `=` are fine, and errors say where.

Every error has the position that Gson gives: what it had consumed when it noticed, and the path of the element.
"""

from __future__ import annotations

import re
from typing import Any

_HELP = "\nSee https://github.com/google/gson/blob/main/Troubleshooting.md#"
_STRICT = "Use JsonReader.setStrictness(Strictness.LENIENT) to accept malformed JSON"
_ENDS_LITERAL = frozenset("/\\;#={}[]:, \t\f\r\n")
_LITERAL = re.compile(r"[^/\\;#={}\[\]:, \t\f\r\n]+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![^/\\;#={}\[\]:, \t\f\r\n])", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_WORD = re.compile(r"(?:true|false|null)(?![^/\\;#={}\[\]:, \t\f\r\n])", re.IGNORECASE)
_WORDS = {"true": True, "false": False, "null": None}
_ESCAPES = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f", "\n": "\n", "'": "'", '"': '"', "\\": "\\", "/": "/"}
_LONG = range(-(2**63), 2**63)


class JsonSyntaxError(ValueError):
    """Text that Gson refuses; `cause_type` and `cause_reason` are Java's exception name and words, None without one."""

    def __init__(self, message: str, cause: str | None = "com.google.gson.stream.MalformedJsonException") -> None:
        super().__init__(f"{cause}: {message}" if cause else message)
        self.cause_type = _NAMES[cause] if cause else None
        self.cause_reason = message if cause else None


_NAMES = {
    "com.google.gson.stream.MalformedJsonException": "malformed_json_exception",
    "java.io.EOFException": "e_o_f_exception",
    "java.lang.IllegalStateException": "illegal_state_exception",
}


class _Level:
    """An object or array being read: how far it is, and what the path shows of it."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.name: str | None = None
        self.count = 0

    def __str__(self) -> str:
        return f"[{self.count}]" if self.kind == "[" else f".{self.name or ''}"


class Reader:
    """Reads one document.

    Args:
        text: the document.
        outer_map: whether the outermost object is read as a `Map`, whose keys no path shows, and whose keys may not
            come twice.
    """

    def __init__(self, text: str, *, outer_map: bool = False) -> None:
        self._text = text
        self._at = 0
        self._levels: list[_Level] = []
        self._outer_map = outer_map

    def document(self) -> Any:
        """The document's value, None for an empty one.

        Raises:
            JsonSyntaxError: it is none, or something follows it.
        """
        try:
            char = self._next_char()
        except JsonSyntaxError:
            return None
        value = self._value_from(char)
        if value is not None:
            self._end()
        return value

    def map(self) -> dict[str, Any] | None:
        """The document read as a `Map`; None for an empty one or null.

        Raises:
            JsonSyntaxError: it is none, something follows it, or it is something else.
        """
        try:
            char = self._next_char()
        except JsonSyntaxError:
            return None
        if char != "{":
            self._refuse_as_map(char)
            return None
        value: dict[str, Any] = self._object()
        self._end()
        return value

    # --- values

    def _value_from(self, char: str) -> Any:
        self._refuse_separator(char)
        if char == "{":
            return self._object()
        if char == "[":
            return self._array()
        if char in "\"'":
            return self._string(char)
        self._at -= 1
        return self._word_or_number()

    def _refuse_separator(self, char: str) -> None:
        if char in "],;":
            raise self._malformed("Unexpected value")

    def _word_or_number(self) -> Any:
        if word := _WORD.match(self._text, self._at):
            self._at = word.end()
            return _WORDS[word.group().lower()]
        if number := _NUMBER.match(self._text, self._at):
            self._at = number.end()
            return float(number.group())
        literal = _LITERAL.match(self._text, self._at)
        if literal is None:
            raise self._malformed("Expected value")
        self._at = literal.end()
        return literal.group()

    def _array(self) -> list[Any]:
        level = self._enter("[")
        found: list[Any] = []
        char = self._next_char()
        while char != "]":
            found.append(self._item(char))
            level.count += 1
            char = self._next_char()
            if char == "]":
                break
            if char not in ",;":
                raise self._malformed("Unterminated array")
            char = self._next_char()
            if char == "]":  # after a comma: one more null, and then the end again
                self._at -= 1
                found.append(None)
                level.count += 1
                char = self._next_char()
        self._levels.pop()
        return found

    def _item(self, char: str) -> Any:
        if char in ",;":
            self._at -= 1
            return None
        return self._value_from(char)

    def _object(self) -> dict[str, Any]:
        level = self._enter("{")
        found: dict[str, Any] = {}
        is_map = self._outer_map and len(self._levels) == 1
        char = self._next_char()
        while char != "}":
            name = self._name(char)
            if not is_map:
                level.name = name
            found[name] = self._field(name, is_map=is_map, known=name in found)
            char = self._next_char()
            if char == "}":
                break
            if char not in ",;":
                raise self._malformed("Unterminated object")
            char = self._next_char()
            if char == "}":
                raise self._malformed("Expected name")
        self._levels.pop()
        return found

    def _name(self, char: str) -> str:
        if char in "\"'":
            return self._string(char)
        self._at -= 1
        literal = _LITERAL.match(self._text, self._at)
        if literal is None:
            raise self._malformed("Expected name")
        self._at = literal.end()
        return literal.group()

    def _field(self, name: str, *, is_map: bool, known: bool) -> Any:
        colon = self._next_char()
        if colon == "=":
            self._at += self._text.startswith(">", self._at)
        elif colon != ":":
            raise self._malformed("Expected ':'")
        value = self._value_from(self._next_char())
        if is_map and known:
            raise JsonSyntaxError(f"duplicate key: {name}", None)
        return value

    def _enter(self, kind: str) -> _Level:
        level = _Level(kind)
        self._levels.append(level)
        return level

    # --- strings

    def _string(self, quote: str) -> str:
        pieces: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char == quote:
                return "".join(pieces)
            pieces.append(self._escape() if char == "\\" else char)
        raise self._malformed("Unterminated string")

    def _escape(self) -> str:
        char = self._text[self._at : self._at + 1]
        if not char:
            raise self._malformed("Unterminated escape sequence")
        self._at += 1
        if char == "u":
            return self._unicode()
        if char not in _ESCAPES:
            raise self._malformed("Invalid escape sequence")
        return _ESCAPES[char]

    def _unicode(self) -> str:
        digits = self._text[self._at : self._at + 4]
        if len(digits) < 4:
            raise self._malformed("Unterminated escape sequence")
        if not re.fullmatch("[0-9a-fA-F]{4}", digits):
            raise self._malformed(f"Malformed Unicode escape \\u{digits}")
        self._at += 4
        return chr(int(digits, 16))

    # --- what lies between

    def _next_char(self) -> str:
        """The next character that is neither blank nor comment, consumed."""
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char in " \t\r\n":
                continue
            if char == "#" or (char == "/" and self._text.startswith("/", self._at)):
                end = re.compile(r"[\r\n]|$").search(self._text, self._at)
                self._at = end.end() if end else len(self._text)
            elif char == "/" and self._text.startswith("*", self._at):
                end_at = self._text.find("*/", self._at + 1)
                if end_at < 0:
                    self._at = len(self._text)
                    raise self._malformed("Unterminated comment")
                self._at = end_at + 2
            else:
                return char
        raise self._error("End of input", "java.io.EOFException", None)

    def _end(self) -> None:
        """Nothing but blanks may follow; here Gson is strict, comments included."""
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char not in " \t\r\n":
                raise self._malformed(_STRICT)

    def _refuse_as_map(self, char: str) -> None:
        """An array is read as pairs of key and value: only an empty one passes."""
        if char == "[":
            self._enter("[")
            char = self._next_char()
            if char not in "][":
                raise self._unexpected("BEGIN_ARRAY", self._kind(char))
            self._levels.pop()
            self._end()
        elif (kind := self._kind(char)) != "NULL":
            raise self._unexpected("BEGIN_OBJECT", kind)

    def _kind(self, char: str) -> str:
        """The token that starts with `char`; consumed as far as Gson does when it only looks."""
        if char in "\"'":
            return "STRING"
        if char in "{[":
            return {"{": "BEGIN_OBJECT", "[": "BEGIN_ARRAY"}[char]
        self._refuse_separator(char)
        self._at -= 1
        if word := _WORD.match(self._text, self._at):
            self._at = word.end()
            return "NULL" if word.group().lower() == "null" else "BOOLEAN"
        if number := _NUMBER.match(self._text, self._at):
            self._skip_long(number.group())
            return "NUMBER"
        if char in _ENDS_LITERAL:
            raise self._malformed("Expected value")
        return "STRING"

    def _skip_long(self, number: str) -> None:
        if _INTEGER.fullmatch(number) and int(number) in _LONG and number != "-0":
            self._at += len(number)

    def _unexpected(self, expected: str, kind: str) -> JsonSyntaxError:
        link = "adapter-not-null-safe" if kind == "NULL" else "unexpected-json-structure"
        return self._error(f"Expected {expected} but was {kind}", "java.lang.IllegalStateException", link)

    def _malformed(self, message: str) -> JsonSyntaxError:
        return self._error(message, "com.google.gson.stream.MalformedJsonException", "malformed-json")

    def _error(self, message: str, cause: str, link: str | None) -> JsonSyntaxError:
        line_start = self._text.rfind("\n", 0, self._at) + 1
        line = self._text.count("\n", 0, self._at) + 1
        path = "$" + "".join(map(str, self._levels))
        help_text = f"{_HELP}{link}" if link else ""
        # Java counts UTF-16 units; beyond the end there is nothing but places.
        before = len(self._text[line_start : self._at].encode("utf-16-le", "surrogatepass")) // 2
        column = before + self._at - min(self._at, len(self._text)) + 1
        where = f" at line {line} column {column} path {path}"
        return JsonSyntaxError(message + where + help_text, cause)
