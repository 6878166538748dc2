from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.inference.errors import RequestError
from include.inference.highlighting.answers import Answer, Highlight, spans, utf16_units, write_answer
from include.inference.highlighting.margins import clearness, is_certain
from include.inference.highlighting.requests import Request
from include.inference.highlighting.scores import choose

pieces = st.lists(st.tuples(st.text(min_size=1, max_size=8), st.booleans()), max_size=12)


class Thresholds:
    threshold, fallback_threshold = 0.5, 0.05


@given(pieces)
def test_spans_are_the_java_substrings_of_the_chosen_sentences(parts: list[tuple[str, bool]]) -> None:
    text, sentences = "", []
    for part, _ in parts:
        sentences.append((len(text), len(text) + len(part)))
        text += part
    chosen = [index for index, (_, wanted) in enumerate(parts) if wanted]
    java = text.encode("utf-16-le", "surrogatepass")
    found = spans(text, sentences, chosen)  # type: ignore[arg-type]
    cut = [java[2 * one.start : 2 * one.end].decode("utf-16-le", "surrogatepass") for one in found]
    assert cut == [one.text for one in found] == [parts[index][0] for index in chosen]
    assert [one.position for one in found] == chosen


@pytest.mark.parametrize(("text", "units"), [("", 0), ("abc", 3), ("é€", 2), ("🚀", 2), ("\ud83d", 1)], ids=ascii)
def test_utf16_units_are_what_java_counts(text: str, units: int) -> None:
    assert utf16_units(text) == units


def test_write_answer_single_has_text_and_position() -> None:
    answer = Answer(Request([None], {}, batch=False), [[Highlight(0, 3, "a\ud83db", 0)]])
    body, content_type = write_answer(answer, "")
    assert json.loads(body) == {"highlights": [{"start": 0, "end": 3, "text": "a\ud83db", "position": 0}]}
    assert body.isascii()
    assert content_type == "application/json"


def test_write_answer_batch_has_a_list_an_item_and_the_errors_of_the_bad_ones() -> None:
    answer = Answer(Request([None, None], {1: "bad"}, batch=True), [[Highlight(0, 3, "abc", 0)], []])
    assert json.loads(write_answer(answer, "*/*")[0]) == {
        "highlights": [[{"start": 0, "end": 3}], []],
        "errors": [{"item": 1, "error": "bad"}],
    }


def test_write_answer_batch_without_bad_items_has_no_errors() -> None:
    assert json.loads(write_answer(Answer(Request([], {}, batch=True), []), "")[0]) == {"highlights": []}


def test_write_answer_client_that_takes_no_json_gets_406() -> None:
    with pytest.raises(RequestError) as caught:
        write_answer(Answer(Request([], {}, batch=True), []), "text/csv")
    assert caught.value.status_code == 406


@given(
    st.lists(st.floats(-6, 6) | st.sampled_from([0.0, 1e-4, -2.9444389]), max_size=6),
    st.lists(st.floats(-1, 1), min_size=6, max_size=6),
)
def test_is_certain_no_rounding_within_the_tolerance_changes_the_choice(
    logits: list[float], noise: list[float]
) -> None:
    tolerance = 0.01
    exact = np.array(logits)
    moved = exact + np.array(noise[: len(logits)]) * tolerance
    seen, other = (1 / (1 + np.exp(-values)) for values in (moved, exact))
    if is_certain(seen, Thresholds(), tolerance):  # type: ignore[arg-type]
        assert choose(seen, 0.5, 0.05) == choose(other, 0.5, 0.05)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.lists(st.floats(-1, 1), min_size=5, max_size=5))
def test_clearness_is_how_far_probabilities_may_move_before_another_sentence_is_chosen(
    given_probabilities: list[float], moves: list[float]
) -> None:
    probabilities = np.array(given_probabilities)
    found = clearness(probabilities, Thresholds())  # type: ignore[arg-type]
    moved = probabilities + 0.999 * found * np.array(moves[: len(probabilities)])
    if found > 1e-9:
        assert list(choose(moved, 0.5, 0.05)) == list(choose(probabilities, 0.5, 0.05))
    assert found >= 0 or not len(choose(probabilities, 0.5, 0.05))
