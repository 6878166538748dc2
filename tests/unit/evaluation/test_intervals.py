from __future__ import annotations

import random

import pytest

from include.evaluation.intervals import mean_interval


def test_mean_interval_is_repeatable_and_holds_the_mean() -> None:
    draw = random.Random(1)
    values = [draw.random() for _ in range(200)]

    estimate = mean_interval(values)

    assert estimate == mean_interval(values)
    assert estimate.low < estimate.value < estimate.high
    assert estimate.value == pytest.approx(sum(values) / 200)


def test_mean_interval_covers_the_true_mean_in_about_95_of_100_samples() -> None:
    """Values as nDCG has them: many 0, many 1, the rest between; their mean is known."""
    draw = random.Random(7)

    def sample() -> list[float]:
        return [draw.choice([0.0, 0.0, 1.0, 1.0, draw.random()]) for _ in range(100)]

    estimates = [mean_interval(sample()) for _ in range(200)]

    covered = sum(estimate.low <= 0.5 <= estimate.high for estimate in estimates)
    assert 180 <= covered <= 199, covered  # 190 expected, standard deviation 3


def test_mean_interval_more_queries_narrow_it() -> None:
    draw = random.Random(3)
    widths = []
    for count in (50, 800):
        estimate = mean_interval([draw.random() for _ in range(count)])
        widths.append(estimate.high - estimate.low)

    assert widths[0] / widths[1] == pytest.approx(4, rel=0.25)


@pytest.mark.parametrize(
    "values", [pytest.param([0.5] * 7, id="all-the-same"), pytest.param([0.0, 0.0], id="all-nothing")]
)
def test_mean_interval_same_values_give_no_width(values: list[float]) -> None:
    assert mean_interval(values).as_dict() == {"value": values[0], "low": values[0], "high": values[0]}


def test_mean_interval_of_one_value_is_everything() -> None:
    assert mean_interval([0.7]).as_dict() == {"value": 0.7, "low": 0.0, "high": 1.0}
    assert mean_interval([0.7], widest=(-1.0, 1.0)).as_dict() == {"value": 0.7, "low": -1.0, "high": 1.0}
