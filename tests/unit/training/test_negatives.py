from __future__ import annotations

import numpy as np
import pytest

from include.training.errors import TrainingError
from include.training.negatives import Miner, highest_similarity, in_turn, shingles

TEXTS = [
    "creates a bucket in the region that you name",
    "deletes a bucket and all of its objects for good",
    "creates a bucket in the region that you name today",
    "lists the objects of a bucket page by page",
    "starts an instance from an image",
]


def miner(wanted: int, margin: float = 0.05, answers: set[int] | None = None) -> Miner:
    return Miner(TEXTS, {"q": answers or {0}}, wanted, margin, seed=1)


def choose(chosen: Miner, near: list[int], similarities: list[float], positive: float = 0.8) -> list[int]:
    return chosen.choose("q", 0, near, np.array(similarities), positive)


def test_choose_takes_the_hardest_first() -> None:
    one = miner(2)
    assert choose(one, [1, 3, 4], [0.7, 0.6, 0.1]) == [1, 3]
    assert (one.counts.mined, one.counts.drawn) == (2, 0)


def test_choose_never_takes_what_the_query_is_paired_with() -> None:
    assert choose(miner(1, answers={0, 1}), [0, 1, 3], [0.7, 0.7, 0.6]) == [3]


def test_choose_passes_over_near_copies_of_the_pairs_document_and_counts_them() -> None:
    one = miner(1)
    assert choose(one, [2, 3], [0.7, 0.6]) == [3]
    assert one.counts.near_copies == 1


@pytest.mark.parametrize(
    ("margin", "expected"),
    [pytest.param(0.05, [3], id="above_95_percent"), pytest.param(0.0, [1], id="up_to_its_own")],
)
def test_choose_passes_over_what_is_nearly_as_similar_as_the_pair_itself(margin: float, expected: list[int]) -> None:
    one = miner(1, margin)
    assert choose(one, [1, 3], [0.79, 0.6]) == expected
    assert one.counts.too_near == (expected == [3])


def test_choose_fills_up_at_random_from_the_others_and_says_so() -> None:
    one = miner(3)
    chosen = choose(one, [1], [0.7])
    assert chosen[0] == 1
    assert sorted(chosen[1:]) == [3, 4]
    assert (one.counts.mined, one.counts.drawn) == (1, 2)


def test_choose_same_seed_draws_the_same() -> None:
    assert choose(miner(3), [], []) == choose(miner(3), [], [])


def test_choose_more_than_there_are_repeats_rather_than_fails() -> None:
    chosen = choose(miner(6), [1, 3], [0.7, 0.6])
    assert len(chosen) == 6
    assert 0 not in chosen


def test_choose_query_that_all_documents_answer_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(TrainingError, match="Set hard_negatives to 0"):
        choose(miner(1, answers=set(range(5))), [], [])


@pytest.mark.parametrize(
    ("positive", "margin", "limit"),
    [(0.8, 0.05, 0.76), (0.8, 0.0, 0.8), (0.8, 1.0, 0.0), (-0.2, 0.5, -0.3)],
    ids=["share_of_its_own", "none", "all_of_it", "negative_cosine"],
)
def test_highest_similarity_is_below_the_pairs_own(positive: float, margin: float, limit: float) -> None:
    assert highest_similarity(positive, margin) == pytest.approx(limit)


def test_in_turn_takes_one_of_each_ranking_and_each_number_once() -> None:
    assert in_turn([1, 2, 3, 4], [9, 1]) == [1, 9, 2, 3, 4]
    assert in_turn([], [5]) == [5]


def test_shingles_do_not_see_case_and_punctuation() -> None:
    assert shingles("A b, C d!") == shingles("a B c D")
    assert shingles("one") == frozenset({("one",)})
