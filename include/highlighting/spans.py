"""What a model says is worth reading in a text, checked against that text."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from include.highlighting.errors import SpanError
from include.highlighting.utf16 import Utf16Text

if TYPE_CHECKING:
    from collections.abc import Sequence


class Span(NamedTuple):
    """UTF-16 offsets of the first unit and of the one after the last."""

    start: int
    end: int


class CheckedSpans(NamedTuple):
    """Spans that are sorted, disjoint and inside their text; `warning` says what had to be put right for that."""

    spans: tuple[Span, ...]
    warning: str | None = None


def checked_spans(raw: object, text: str) -> CheckedSpans:
    """The model's spans for `text`, fit to put tags around.

    Order and overlaps are put right, with a warning: they are about how spans are shown. Offsets that are outside the
    text, within a character, or lead to another text than the model says make all its spans doubtful: they may be
    another document's, or count characters.

    Args:
        raw: what the model answered: a list of `{"start", "end"}`, perhaps with `text`.
        text: what it was asked about.

    Raises:
        SpanError: it is no such list, or the offsets cannot be those of this text.
    """
    if not isinstance(raw, list):
        raise SpanError(f'The model answered {_shown(raw)} for a text. Valid: a list of {{"start", "end"}}.')
    measured = Utf16Text(text)
    spans = [_checked(item, measured) for item in raw]
    if spans == sorted(set(spans)) and all(a.end <= b.start for a, b in pairwise(spans)):
        return CheckedSpans(tuple(spans))
    merged = _merged(spans)
    return CheckedSpans(merged, f"The model's spans were out of order or overlapped; they were merged to {merged}.")


def _checked(item: object, text: Utf16Text) -> Span:
    if not isinstance(item, dict):
        raise SpanError(f'The model gave {_shown(item)} as a span. Valid: {{"start": number, "end": number}}.')
    span = Span(_offset(item, "start"), _offset(item, "end"))
    if not 0 <= span.start < span.end <= text.length:
        raise SpanError(f"The model's span {tuple(span)} is empty or outside of the text's {text.length} UTF-16 units.")
    if text.index(span.start) is None or text.index(span.end) is None:
        raise SpanError(f"The model's span {tuple(span)} cuts a character in two: does it count UTF-16 units?")
    _check_quote(item.get("text"), span, text)
    return span


def _offset(item: dict[str, Any], name: str) -> int:
    value = item.get(name)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not (is_whole or (isinstance(value, float) and value.is_integer())):
        raise SpanError(f"The model's span has {name} = {_shown(value)}. Valid: a whole number of UTF-16 units.")
    return int(value or 0)


def _check_quote(quote: object, span: Span, text: Utf16Text) -> None:
    """A model that quotes what it marks proves its offsets; white space at the ends may differ."""
    if not isinstance(quote, str):
        return
    marked = text.cut(*span)
    if "".join(quote.split()) != "".join(marked.split()):
        raise SpanError(
            f"The model's span {tuple(span)} has {len(marked)} characters that are not the {len(quote)} it quotes: "
            "does it count UTF-16 units of this text?"
        )


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else f"{shown[:77]}…"
