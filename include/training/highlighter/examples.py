"""What the model is shown: windows, and for each sentence in them whether it is to be highlighted."""

from __future__ import annotations

import hashlib
import random
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ...inference.highlighting.windows import NO_SENTENCE
from .labels import marked_sentences

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...inference.highlighting.windows import Document, Window, Windower
    from .negatives import Negative
    from .records import Quote

# How often one of a document's windows without the marked sentence is taken as well: all of a hundred would drown it.
OTHER_WINDOW_SHARE = 0.2
BLOCK = 512


class Example(NamedTuple):
    """A window with the labels of its sentences.

    Attributes:
        window: as the model reads it.
        marked: sentences of the document to highlight.
    """

    window: Window
    marked: frozenset[int]

    @property
    def has_marked(self) -> bool:
        """Whether a sentence to highlight lies in this window."""
        return bool(np.isin(self.window.sentence_ids, list(self.marked)).any())

    def digest(self) -> str:
        """Of all that the model is shown of it."""
        arrays = (self.window.input_ids, self.window.sentence_ids, np.array(sorted(self.marked)))
        given = [repr((array.dtype, array.shape)).encode() + array.tobytes() for array in arrays]
        return hashlib.sha256(b"".join(given) + b"%d" % self.window.question_tokens).hexdigest()


def build_examples(
    windower: Windower, quotes: Sequence[Quote], negatives: Sequence[Negative], seed: int
) -> list[Example]:
    """The examples of quotes and whole negatives, in their order; a document without sentences gives none.

    Args:
        windower: cuts the documents as serving does.
        quotes: each with one span.
        negatives: of which every sentence is one.
        seed: draws which windows of a long document are taken.
    """
    draw = random.Random(seed)  # noqa: S311 - a draw, not a secret
    pairs = [(quote.question, quote.document) for quote in quotes]
    pairs += [(negative.question, negative.document) for negative in negatives]
    spans = [[quote.span] for quote in quotes] + [[] for _ in negatives]
    examples: list[Example] = []
    for start in range(0, len(pairs), BLOCK):
        documents = windower.cut(pairs[start : start + BLOCK])
        for document, marks in zip(documents, spans[start : start + BLOCK], strict=True):
            examples += _examples(document, frozenset(marked_sentences(document.sentences, marks)), draw)
    return examples


def _examples(document: Document, marked: frozenset[int], draw: random.Random) -> Iterator[Example]:
    examples = [Example(window, marked) for window in document.windows if (window.sentence_ids != NO_SENTENCE).any()]
    others = [example for example in examples if not example.has_marked]
    yield from (example for example in examples if example.has_marked)
    if others and (not marked or draw.random() < OTHER_WINDOW_SHARE):
        yield draw.choice(others)
