"""An evaluation set as all systems see it: the texts cut into sentences, and which of them are marked."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from .labels import Span, marked_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...inference.highlighting.windows import Document, Windower
    from .records import HighlightSet, Question


@dataclasses.dataclass(frozen=True)
class Task:
    """A set of questions, in one order throughout.

    Attributes:
        name: of the set.
        questions: with their texts.
        documents: the texts' sentences and windows.
        gold: indices of the marked sentences.
    """

    name: str
    questions: list[Question]
    documents: list[Document]
    gold: list[list[int]]

    def sentence_texts(self) -> list[list[str]]:
        """The sentences of each question's text."""
        return [
            [question.context[start:end] for start, end in document.sentences]
            for question, document in zip(self.questions, self.documents, strict=True)
        ]

    def spans(self, chosen: Sequence[Sequence[int]]) -> list[list[Span]]:
        """Sentences by index as code points of their text."""
        return [
            [Span(*document.sentences[index]) for index in indices]
            for document, indices in zip(self.documents, chosen, strict=True)
        ]


def prepare(highlights: HighlightSet, windower: Windower) -> Task:
    """Cuts the texts of a set as serving cuts them."""
    documents = windower.cut([(question.question, question.context) for question in highlights.questions])
    gold = [
        marked_sentences(document.sentences, question.spans)
        for question, document in zip(highlights.questions, documents, strict=True)
    ]
    return Task(highlights.name, highlights.questions, documents, gold)
