"""Offsets as OpenSearch counts them: UTF-16 units, where an emoji counts two."""

from __future__ import annotations


class Utf16Text:
    """A text that is measured and cut by UTF-16 offsets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._is_plain = not text or max(text) <= "\uffff"
        self._indices = {} if self._is_plain else _indices(text)
        self.length = len(text) if self._is_plain else max(self._indices)

    def index(self, offset: int) -> int | None:
        """Where `offset` is in the Python string; None outside of it and between the halves of a character."""
        if self._is_plain:
            return offset if 0 <= offset <= self.length else None
        return self._indices.get(offset)

    def cut(self, start: int, end: int) -> str:
        """The part between two offsets.

        Raises:
            ValueError: an offset is outside, or between the halves of a character.
        """
        first, last = self.index(start), self.index(end)
        if first is None or last is None:
            raise ValueError(f"{start} to {end} is not a range of whole characters in {self.length} UTF-16 units.")
        return self.text[first:last]

    def beginning(self, length: int) -> str:
        """The first characters, at most `length` units of them, none cut in two."""
        end = min(length, self.length)
        while self.index(end) is None:
            end -= 1
        return self.cut(0, end)


def _indices(text: str) -> dict[int, int]:
    indices, offset = {}, 0
    for index, char in enumerate(text):
        indices[offset] = index
        offset += 2 if char > "\uffff" else 1
    return {**indices, offset: len(text)}
