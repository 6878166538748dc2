from __future__ import annotations

from include.training.highlighter.labels import Span
from include.training.highlighter.negatives import draw_negatives
from include.training.highlighter.records import Quote

QUOTES = [Quote(f"what is thing {n}", f"thing {n} of kind {n % 4}", Span(0, 5)) for n in range(40)]
DOCUMENTS = [quote.document for quote in QUOTES]


def test_draw_negatives_never_gives_a_question_its_own_document() -> None:
    own = {(quote.question, quote.document) for quote in QUOTES}
    negatives = draw_negatives(QUOTES, DOCUMENTS, share=1.0, hard_share=0.5, seed=1)
    assert len(negatives) == 40
    assert not own & set(negatives)


def test_draw_negatives_share_is_of_the_quotes_and_the_seed_decides() -> None:
    drawn = [draw_negatives(QUOTES, DOCUMENTS, share=0.25, hard_share=0.5, seed=seed) for seed in (1, 1, 2)]
    assert len(drawn[0]) == 10
    assert drawn[0] == drawn[1] != drawn[2]


def test_draw_negatives_of_a_single_document_are_none() -> None:
    assert draw_negatives(QUOTES[:2], DOCUMENTS[:1], share=1.0, hard_share=0.5, seed=1) == []
