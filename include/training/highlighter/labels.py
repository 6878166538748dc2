"""Which sentences a span of text means."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ...inference.highlighting.sentences import Sentence


class Span(NamedTuple):
    """Code points of a text: `text[start:end]`."""

    start: int
    end: int


def marked_sentences(sentences: Sequence[Sentence], spans: Iterable[Span]) -> list[int]:
    """Indices of the sentences that the spans mark, ascending.

    A span marks the sentences that it shares more than half of itself, or more than half of theirs, with: a quoted
    answer marks the sentence around it, a quoted paragraph each of its sentences. A span cut evenly by two sentences
    marks the first of those that it shares most with.
    """
    return sorted({index for span in spans for index in _marked_by(sentences, span)})


def _marked_by(sentences: Sequence[Sentence], span: Span) -> list[int]:
    shared = [max(0, min(end, span.end) - max(start, span.start)) for start, end in sentences]
    if not any(shared):
        return []
    most = [
        index
        for index, (start, end) in enumerate(sentences)
        if 2 * shared[index] > min(end - start, span.end - span.start)
    ]
    return most or [shared.index(max(shared))]
