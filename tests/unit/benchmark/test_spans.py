from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.benchmark.spans import CLOSE, OPEN, count, differing, spans_in, spans_of_answer
from include.errors import TerminalError


@given(st.lists(st.text(alphabet="ab \n", min_size=1), min_size=1), st.booleans())
def test_spans_are_where_the_tags_were_put(parts: list[str], first: bool) -> None:
    tagged, spans, place = "", [], 0
    for number, part in enumerate(parts):
        marked = (number % 2 == 0) == first
        tagged += OPEN + part + CLOSE if marked else part
        spans += [(place, place + len(part))] if marked else []
        place += len(part)

    assert spans_in(tagged) == tuple(spans)


@pytest.mark.parametrize("tagged", [f"{OPEN}a", f"a{CLOSE}", f"{OPEN}a{OPEN}b{CLOSE}c{CLOSE}"])
def test_spans_that_overlap_are_refused(tagged: str) -> None:
    with pytest.raises(TerminalError, match="overlap"):
        spans_in(tagged)


def test_spans_of_an_answer_are_whole_numbers() -> None:
    """ML Commons makes doubles of them."""
    assert spans_of_answer([{"start": 0.0, "end": 11.0, "text": "…"}]) == ((0, 11),)


@pytest.mark.parametrize("answer", [None, [{"start": 1}], "no", [[1, 2]]])
def test_spans_of_another_answer_are_refused(answer: object) -> None:
    with pytest.raises(TerminalError, match="Valid"):
        spans_of_answer(answer)


def test_count_is_of_highlights_and_of_documents_that_have_some() -> None:
    assert count({"a": ((0, 1), (2, 3)), "b": (), "c": ((0, 1),)}) == (3, 2)


def test_differing_are_other_spans_and_missing_documents() -> None:
    assert differing({"a": ((0, 1),), "b": (), "c": ()}, {"a": ((0, 2),), "b": ()}) == ["a", "c"]
