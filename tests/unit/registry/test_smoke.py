from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.registry.smoke import check_embeddings, check_highlights, check_weights

if TYPE_CHECKING:
    from collections.abc import Sequence

TEXTS = ["one", "two", "three"]
EXPECTED = [[1.0, 0.0, 0.0], [0.6, 0.8, 0.0], [0.0, 0.6, 0.8]]


def turned(cosine: float) -> list[float]:
    """A unit vector with this cosine to the first expected one."""
    return [cosine, math.sqrt(1 - cosine**2), 0.0]


def test_check_embeddings_same_vectors_give_one() -> None:
    assert check_embeddings(TEXTS, EXPECTED, EXPECTED) == pytest.approx(1.0)


def test_check_embeddings_worst_of_all_is_given() -> None:
    assert check_embeddings(TEXTS, EXPECTED, [turned(0.9995), *EXPECTED[1:]]) == pytest.approx(0.9995)


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        pytest.param([turned(0.998), *EXPECTED[1:]], "cosine 0.9980 for text 1 of 3", id="another-model"),
        pytest.param([EXPECTED[0], EXPECTED[2], EXPECTED[1]], "for text 2 of 3", id="another-order"),
        pytest.param(EXPECTED[:2], "answered 2 vectors to 3 texts", id="one-less"),
        pytest.param([*EXPECTED, EXPECTED[0]], "answered 4 vectors to 3 texts", id="one-more"),
        pytest.param([], "answered 0 vectors to 3 texts", id="none"),
        pytest.param([[1.0, 0.0], *EXPECTED[1:]], "answers 2 dimensions; 3 were trained", id="another-dimension"),
        pytest.param([[0.0, 0.0, 0.0], *EXPECTED[1:]], "cosine 0.0000", id="nothing"),
        pytest.param([[math.nan, 0.0, 0.0], *EXPECTED[1:]], "cosine nan", id="not-a-number"),
    ],
)
def test_check_embeddings_other_vectors_say_where_to_look(answered: Sequence[Sequence[float]], message: str) -> None:
    with pytest.raises(TerminalError) as caught:
        check_embeddings(TEXTS, EXPECTED, answered)

    assert message in str(caught.value)


ITEMS = [
    {"question": "q", "context": "A b. C d.", "highlights": [{"start": 0, "end": 4}]},
    {"question": "r", "context": "A b.", "highlights": []},
]


def test_check_highlights_same_spans_are_counted() -> None:
    assert check_highlights(ITEMS, [[{"start": 0.0, "end": 4.0}], []]) == 2


@pytest.mark.parametrize(
    "answered",
    [
        pytest.param([[{"start": 0, "end": 4}]], id="too-few"),
        pytest.param([[{"start": 5, "end": 9}], []], id="other-span"),
        pytest.param([[], []], id="none"),
        pytest.param([[{"start": 0, "end": 4}], [{"start": 0, "end": 4}]], id="one-more"),
    ],
)
def test_check_highlights_other_answers_are_refused(answered: list[list[dict[str, Any]]]) -> None:
    with pytest.raises(TerminalError, match="deployed model"):
        check_highlights(ITEMS, answered)


def test_check_weights_gives_the_smallest_cosine() -> None:
    expected = [{"bucket": 1.5, "create": 1.0}, {}]

    assert check_weights(["one", "two"], expected, [{"bucket": 1.501, "create": 1.0}, {}]) == pytest.approx(
        1.0, abs=1e-5
    )


@pytest.mark.parametrize(
    ("answered", "message"),
    [
        pytest.param([], "answered 0 maps of weights to 1 texts", id="missing"),
        pytest.param([{"bucket": 0.2, "create": 1.0}], "does not answer what was trained: cosine", id="another-weight"),
        pytest.param([{}], "does not answer what was trained: cosine", id="nothing"),
        pytest.param([{"bucket": 65.0}], "answers weight 65.0; neural_sparse takes", id="too-large"),
        pytest.param([{"bucket": 0.0}], "answers weight 0.0; neural_sparse takes", id="zero"),
    ],
)
def test_check_weights_refuses(answered: list[dict[str, float]], message: str) -> None:
    with pytest.raises(TerminalError, match=message):
        check_weights(["one"], [{"bucket": 1.5, "create": 1.0}], answered)
