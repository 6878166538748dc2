"""Whether `org.json` takes a text for a JSON object or array: strict where Gson is not, and the other way round."""

from __future__ import annotations

import re

_STOPS = frozenset(',:]}/\\"[{;=#')
_ESCAPED = frozenset("btnfr\"'\\/")
_HEX = re.compile(r"\s*[+-]?[0-9a-fA-F]{1,4}")


class _Invalid(ValueError):
    """It is none."""


def is_valid(text: str) -> bool:
    """Whether the text begins with an object or array that `org.json` reads; what follows it is not looked at."""
    try:
        _Tokener(text).structure()
    except _Invalid:
        return False
    return True


class _Tokener:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def structure(self) -> None:
        char = self._clean()
        if char == "{":
            self._object()
        elif char == "[":
            self._array()
        else:
            raise _Invalid

    def _object(self) -> None:
        names: set[str] = set()
        is_first = True
        while True:
            char = self._clean()
            if char == "}":
                return
            if not char or (char in "{[" and is_first):
                raise _Invalid
            name = self._value(char)
            if self._clean() != ":" or name in names:
                raise _Invalid
            names.add(name)
            self._value(self._clean())
            if self._ends("}", ",;"):
                return
            is_first = False

    def _array(self) -> None:
        char = self._clean()
        while char != "]":
            if char == ",":
                self._at -= 1
            else:
                self._value(char)
            if self._ends("]", ","):
                return
            char = self._clean()
            if not char:
                raise _Invalid

    def _ends(self, closing: str, separators: str) -> bool:
        """Whether the structure ends here; a separator may stand before its end."""
        char = self._clean()
        if char == closing:
            return True
        if not char or char not in separators:
            raise _Invalid
        char = self._clean()
        if not char:
            raise _Invalid
        if char == closing:
            return True
        self._at -= 1
        return False

    def _value(self, char: str) -> str:
        start = self._at
        if char == "{":
            self._object()
        elif char == "[":
            self._array()
        elif char and char in "\"'":
            return self._string(char)
        else:
            return self._word(char)
        return self._text[start : self._at]

    def _word(self, char: str) -> str:
        start = self._at - 1 if char else self._at
        while char >= " " and char not in _STOPS:
            char = self._next()
        if char:
            self._at -= 1
        word = self._text[start : self._at].strip()
        if not word:
            raise _Invalid
        return word

    def _string(self, quote: str) -> str:
        pieces: list[str] = []
        while (char := self._next()) != quote:
            if not char or char in "\0\n\r":
                raise _Invalid
            pieces.append(char + self._escape() if char == "\\" else char)
        return "".join(pieces)

    def _escape(self) -> str:
        char = self._next()
        if char == "u":
            digits = self._text[self._at : self._at + 4]
            if len(digits) < 4 or not _HEX.fullmatch(digits):
                raise _Invalid
            self._at += 4
            return char + digits
        if not char or char not in _ESCAPED:
            raise _Invalid
        return char

    def _clean(self) -> str:
        while (char := self._next()) and char <= " " and char != "\0":
            pass
        return "" if char == "\0" else char

    def _next(self) -> str:
        char = self._text[self._at : self._at + 1]
        self._at += len(char)
        return char
