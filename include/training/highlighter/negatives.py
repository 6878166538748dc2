"""Questions with a document that does not answer them: nothing there is to be highlighted."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from .bm25 import Index

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import Quote

# Of the documents nearest to a question, the first few may well answer it too.
FIRST_HARD, LAST_HARD = 3, 30


class Negative(NamedTuple):
    """A question, and a document of another question."""

    question: str
    document: str


def draw_negatives(
    quotes: Sequence[Quote], documents: Sequence[str], share: float, hard_share: float, seed: int
) -> list[Negative]:
    """Whole negatives: `share` of the quotes' questions, each with a document that is not its own.

    Args:
        quotes: whose questions are taken.
        documents: from which the others are drawn.
        share: negatives a quote, 0 to 1.
        hard_share: of the negatives, those whose document is among the 3rd to 30th nearest to the question by BM25.
        seed: of the draws.
    """
    draw = random.Random(seed)  # noqa: S311 - a draw, not a secret
    asked = draw.sample(list(quotes), round(share * len(quotes)))
    others = list(dict.fromkeys(documents))
    if not asked or len(others) < 2:
        return []
    hard = round(hard_share * len(asked))
    index = Index(others) if hard else None
    return [_negative(quote, others, index if number < hard else None, draw) for number, quote in enumerate(asked)]


def _negative(quote: Quote, others: Sequence[str], index: Index | None, draw: random.Random) -> Negative:
    near = index.nearest(quote.question, LAST_HARD)[FIRST_HARD - 1 :] if index else []
    candidates = [others[number] for number in near if others[number] != quote.document]
    if candidates:
        return Negative(quote.question, draw.choice(candidates))
    number = draw.randrange(len(others))
    document = others[number] if others[number] != quote.document else others[number - 1]
    return Negative(quote.question, document)
