from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest
from scipy.stats import permutation_test

from include.evaluation.permutation import EXACT_QUERIES, paired_p_value


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        pytest.param([0.5], 1.0, id="one-query-says-nothing"),
        pytest.param([0.1, 0.2], 0.5, id="two"),
        pytest.param([0.1] * 5, 2 / 32, id="five-all-better"),
        pytest.param([0.1] * 6, 2 / 64, id="six-all-better"),
        pytest.param([-0.1] * 6, 2 / 64, id="six-all-worse"),
        pytest.param([0.1, -0.1], 1.0, id="even"),
        pytest.param([0.0] * 50, 1.0, id="no-difference"),
        pytest.param([0.1] * 6 + [0.0] * 60, 2 / 64, id="ties-change-nothing"),
        pytest.param([], 1.0, id="no-queries"),
    ],
)
def test_paired_p_value_small_sets_are_exact(differences: list[float], expected: float) -> None:
    assert paired_p_value(differences) == pytest.approx(expected)


@pytest.mark.parametrize("count", [EXACT_QUERIES, EXACT_QUERIES + 1, 200])
def test_paired_p_value_equals_scipys(count: int) -> None:
    draw = random.Random(count)
    differences = [draw.gauss(0.05, 0.3) for _ in range(count)]
    expected = permutation_test(
        (np.array(differences),), np.mean, permutation_type="samples", n_resamples=20_000, rng=np.random.default_rng(1)
    ).pvalue

    assert paired_p_value(differences) == pytest.approx(expected, abs=0.015)


def test_paired_p_value_is_repeatable_and_never_0() -> None:
    differences = [0.5] * 1_000

    assert paired_p_value(differences) == paired_p_value(differences) == pytest.approx(1 / 10_001)


def test_paired_p_value_not_a_number_is_not_a_number() -> None:
    assert math.isnan(paired_p_value([0.1, float("nan")]))


def test_paired_p_value_many_queries_take_little_time() -> None:
    draw = random.Random(1)
    differences = [draw.gauss(0, 0.3) for _ in range(20_000)]
    began = time.process_time()

    paired_p_value(differences)

    assert time.process_time() - began < 10
