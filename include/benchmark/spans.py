"""Highlights as spans, by document: read from tagged text or from a model's answer, and compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError, unquoted

if TYPE_CHECKING:
    from collections.abc import Mapping

# Private-use characters: no text has them, so where they stand is where a highlight begins or ends.
OPEN, CLOSE = "\ue000", "\ue001"
_MARK = re.compile(f"{OPEN}|{CLOSE}")

Span = tuple[int, int]
Spans = dict[str, tuple[Span, ...]]
"""By document id. A document without highlights has no spans, and is there."""


def spans_in(tagged: str) -> tuple[Span, ...]:
    """Start and end of each highlight in a text tagged with `OPEN` and `CLOSE`, counted without the tags.

    Raises:
        TerminalError: a tag is not closed, or stands inside another.
    """
    spans: list[Span] = []
    start: int | None = None
    for number, mark in enumerate(_MARK.finditer(tagged)):
        place = mark.start() - number
        if (mark[0] == OPEN) != (start is None):
            raise TerminalError(
                f"Highlight tags are nested or not closed at character {place}. The model's spans overlap."
            )
        if start is None:
            start = place
        else:
            spans.append((start, place))
            start = None
    if start is not None:
        raise TerminalError(f"The highlight tag at character {start} is not closed. The model's spans overlap.")
    return tuple(spans)


def spans_of_answer(highlights: Any) -> tuple[Span, ...]:
    """The spans of one document in a model's answer: `[{"start", "end"}, …]`.

    Raises:
        TerminalError: it is anything else.
    """
    try:
        return tuple((int(each["start"]), int(each["end"])) for each in highlights)
    except (TypeError, KeyError, ValueError) as error:
        raise TerminalError(
            f'The model answered {unquoted(highlights)}. Valid: a list of {{"start": 0, "end": 10}} for each document.'
        ) from error


def count(spans: Mapping[str, tuple[Span, ...]]) -> tuple[int, int]:
    """How many highlights there are, and in how many documents."""
    return sum(map(len, spans.values())), sum(map(bool, spans.values()))


def differing(one: Spans, other: Spans) -> list[str]:
    """Ids of the documents whose spans are not the same, those that only one of them has included."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
