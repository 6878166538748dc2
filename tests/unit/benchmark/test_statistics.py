from __future__ import annotations

import random

import pytest

from include.benchmark.statistics import latencies, ratio_of_medians


def test_latencies_are_percentiles_between_ranks() -> None:
    found = latencies([float(n) for n in range(101)])

    assert found == {"mean_ms": 50.0, "p50_ms": 50.0, "p90_ms": 90.0, "p99_ms": 99.0}


def test_latencies_of_nothing_are_nothing() -> None:
    assert latencies([]) == {}


def test_ratio_interval_holds_the_true_ratio_and_is_repeatable() -> None:
    draw = random.Random(5)
    batch = [draw.lognormvariate(2, 0.3) for _ in range(200)]
    single = [2.5 * ms * draw.uniform(0.9, 1.1) for ms in batch]

    found = ratio_of_medians(single, batch)

    assert found is not None
    assert found["low"] < 2.5 < found["high"]
    assert found == ratio_of_medians(single, batch)


def test_ratio_of_equal_times_has_no_width() -> None:
    assert ratio_of_medians([4.0] * 10, [2.0] * 10) == {"value": 2.0, "low": 2.0, "high": 2.0, "n": 10}


def test_ratio_of_few_pairs_has_no_interval() -> None:
    assert ratio_of_medians([2.0] * 4, [1.0] * 4) == {"value": 2.0, "low": None, "high": None, "n": 4}


def test_ratio_without_pairs_is_none() -> None:
    assert ratio_of_medians([], []) is None


def test_ratio_of_other_numbers_of_times_is_refused() -> None:
    with pytest.raises(ValueError, match="must be pairs"):
        ratio_of_medians([1.0], [1.0, 2.0])
