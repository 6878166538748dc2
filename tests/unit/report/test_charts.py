from __future__ import annotations

import math
import re

import pytest

from include.report.charts import LABELS, gains_chart, loss_chart, quality_chart

ESTIMATE = {"value": 0.75, "low": 0.7, "high": 0.8}


def drawn(estimates: dict[str, dict[str, float]]) -> str:
    return quality_chart(estimates, "nDCG@10", LABELS["dense"])


def texts(svg: str) -> str:
    return " ".join(re.findall(r">([^<]+)<", svg))


def test_quality_chart_names_every_system_with_its_value() -> None:
    shown = texts(drawn({"bm25": ESTIMATE, "base": ESTIMATE, "tuned": {"value": 0.832, "low": 0.8, "high": 0.86}}))

    for label in ("BM25  0.750", "base model  0.750", "tuned model  0.832", "nDCG@10"):
        assert label in shown


@pytest.mark.parametrize(
    "estimate",
    [
        pytest.param({"value": 0.0, "low": 0.0, "high": 0.0}, id="nothing-found"),
        pytest.param({"value": 1.0, "low": 1.0, "high": 1.0}, id="everything-found"),
        pytest.param({"value": 0.7, "low": 0.0, "high": 1.0}, id="one-query"),
        pytest.param({"value": 0.5, "low": 0.5 + 1e-17, "high": 0.5}, id="no-width-but-rounding"),
    ],
)
def test_quality_chart_edges_are_drawn(estimate: dict[str, float]) -> None:
    assert drawn({"base": estimate, "tuned": estimate}).startswith("<svg")


def test_quality_chart_interval_that_rounding_turned_round_is_drawn() -> None:
    """A mean and its bounds are computed in different orders: a bound may lie 1e-16 on the wrong side."""
    value = 0.1 + 0.2
    assert drawn({"base": {"value": value, "low": math.nextafter(value, 1), "high": value}}).startswith("<svg")


def test_loss_chart_of_nothing_is_nothing() -> None:
    assert loss_chart([]) == ""


def test_loss_chart_is_drawn_by_step() -> None:
    shown = texts(loss_chart([{"step": 1, "loss": 2.5}, {"step": 500, "loss": 0.5}]))

    assert "step" in shown
    assert "loss" in shown


def test_loss_chart_of_a_training_that_diverged_is_drawn() -> None:
    assert loss_chart([{"step": 1, "loss": math.nan}, {"step": 2, "loss": math.inf}]).startswith("<svg")


def test_gains_chart_of_nothing_is_nothing() -> None:
    assert gains_chart([], "nDCG@10", "queries") == ""


@pytest.mark.parametrize("gains", [pytest.param([0.5], id="one"), pytest.param([-1.0, 0.0, 1.0], id="three")])
def test_gains_chart_names_what_is_drawn(gains: list[float]) -> None:
    shown = texts(gains_chart(gains, "nDCG@10", "queries"))

    assert "gain in nDCG@10" in shown
    assert "queries, sorted by gain (%)" in shown
