from __future__ import annotations

import pytest

from include.training.highlighter.measures import counts, difference, quality


def test_quality_counts_sentences_over_all_questions() -> None:
    found = quality(counts([[0], [1, 2], []], [[0, 3], [1], []]), seed=1)
    assert (found.precision, found.recall) == (pytest.approx(2 / 3, abs=1e-4), pytest.approx(2 / 3, abs=1e-4))
    assert found.f1 == pytest.approx(2 / 3, abs=1e-4)
    assert found.f1_mean == pytest.approx((2 / 3 + 2 / 3 + 1) / 3, abs=1e-4)
    assert (found.nothing_accuracy, found.n, found.n_nothing) == (1.0, 3, 1)


def test_quality_of_one_choice_each_is_the_share_answered_right() -> None:
    found = quality(counts([[0]] * 4, [[0], [0], [0], [1]]), seed=1)
    assert found.f1 == found.precision == found.recall == found.f1_mean == 0.75
    assert found.nothing_accuracy is None


def test_quality_interval_holds_the_value_and_narrows_with_questions() -> None:
    few, many = (quality(counts([[0]] * 4 * n, ([[0]] * 3 + [[1]]) * n), seed=1) for n in (5, 200))
    assert few.f1_low < 0.75 < few.f1_high
    assert many.f1_high - many.f1_low < few.f1_high - few.f1_low


def test_quality_of_no_question_is_nought() -> None:
    found = quality(counts([], []), seed=1)
    assert (found.f1, found.n, found.f1_low, found.f1_high) == (0.0, 0, 0.0, 0.0)


def test_difference_of_a_system_with_itself_is_exactly_nought() -> None:
    same = counts([[0]] * 8, [[0], [1]] * 4)
    found = difference(same, same, seed=1)
    assert (found.f1, found.low, found.high) == (0.0, 0.0, 0.0)


def test_difference_is_paired_by_question() -> None:
    right, wrong = counts([[0]] * 40, [[0]] * 40), counts([[0]] * 40, [[0]] * 30 + [[1]] * 10)
    found = difference(right, wrong, seed=1)
    assert found.f1 == 0.25
    assert 0.1 < found.low < 0.25 < found.high < 0.45
