"""Where the sentences of a text are."""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING, NamedTuple, Protocol

import sentencex

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE_WORDS = 16
_ITEM = re.compile(r"(?<=\n)[^\S\n]*(?:[-*•‣·–—]|\(?\d{1,3}[.)]|\(?[a-z][.)])\s")  # noqa: RUF001 - bullets of real text
_LINE = re.compile(r"[^\S\n]*(?=[^\sa-z])")
_UNFINISHED = (",", ";", "-")


class Sentence(NamedTuple):
    """A sentence without the space around it, as code points of its text: `text[start:end]`."""

    start: int
    end: int


class SentenceSplitter(Protocol):
    """What another language, or other kinds of text, can bring."""

    def split(self, text: str) -> list[Sentence]:
        """The sentences in their order; they do not overlap, none is empty, and what is between them is space."""
        ...


class SentencexSplitter:
    """Sentences by the rules of `sentencex` for a language; a title line and the items of a list are their own.

    Args:
        language: ISO 639-1 code; for one that it does not know, `sentencex` takes the rules of the nearest that it
            does, English in the end.
    """

    def __init__(self, language: str = "en") -> None:
        self._language = language

    def split(self, text: str) -> list[Sentence]:
        """The sentences in their order."""
        bounds = {0, len(text), *_title_end(text), *(match.start() for match in _ITEM.finditer(text))}
        bounds.update(found["start_index"] for found in sentencex.get_sentence_boundaries(self._language, text))
        ordered = sorted(bounds)
        trimmed = (_trim(text, start, end) for start, end in itertools.pairwise(ordered))
        return [sentence for sentence in trimmed if sentence.end > sentence.start]


def _title_end(text: str) -> Iterator[int]:
    """Where the text goes on after a short first line, unless in lower case: then the line was only broken."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    title = text[start : max(end, start)].rstrip()
    if not title or len(title.split()) > TITLE_WORDS or title.endswith(_UNFINISHED):
        return
    match = _LINE.match(text, end + 1)
    if match:
        yield match.end()


def _trim(text: str, start: int, end: int) -> Sentence:
    while start < end and _is_space(text[start]):
        start += 1
    while end > start and _is_space(text[end - 1]):
        end -= 1
    return Sentence(start, end)


def _is_space(character: str) -> bool:
    """White space, controls, and what nobody sees, such as the zero-width space."""
    return character.isspace() or unicodedata.category(character) in {"Cc", "Cf"}
