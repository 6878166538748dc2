from __future__ import annotations

import pytest

from include.training.highlighter.labels import Span, marked_sentences

# As the splitter gives them; its own module needs a library that only the containers have.
SENTENCES = [Span(0, 10), Span(11, 31), Span(32, 40)]


@pytest.mark.parametrize(
    ("spans", "marked"),
    [
        pytest.param([Span(11, 31)], [1], id="a_sentence"),
        pytest.param([Span(13, 16)], [1], id="an_answer_inside_a_sentence"),
        pytest.param([Span(0, 31)], [0, 1], id="two_sentences"),
        pytest.param([Span(8, 31)], [1], id="a_little_of_the_sentence_before"),
        pytest.param([Span(8, 14)], [1], id="cut_evenly_where_neither_has_more_than_half"),
        pytest.param([Span(33, 35), Span(2, 4)], [0, 2], id="several_spans_in_the_order_of_the_text"),
        pytest.param([Span(33, 35), Span(36, 38)], [2], id="two_spans_of_one_sentence"),
        pytest.param([Span(10, 11)], [], id="the_space_between"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_marked_sentences_of_spans(spans: list[Span], marked: list[int]) -> None:
    assert marked_sentences(SENTENCES, spans) == marked
