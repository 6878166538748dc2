from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from include.evaluation.compare import compare, outcome

if TYPE_CHECKING:
    from include.evaluation.metrics import Run

QRELS = {f"q{number}": {"r": 1} for number in range(60)}


def run(seed: int, share: float) -> Run:
    """The relevant document first for about so many of the queries, fifth for the others."""
    draw = random.Random(seed)
    found: Run = {}
    for query in QRELS:
        others = {f"d{place}": 10.0 - place for place in range(8)}
        found[query] = {**others, "r": 11.0 if draw.random() < share else 5.5}
    return found


def test_compare_shows_every_system_with_its_interval() -> None:
    found = compare(QRELS, {"base": run(1, 0.2), "tuned": run(2, 0.9), "bm25": run(3, 0.5)})

    assert found["n_queries"] == 60
    for system in ("base", "tuned", "bm25"):
        assert list(found[system]) == ["nDCG@10", "R@100", "RR@10"]
        assert found[system]["nDCG@10"]["low"] < found[system]["nDCG@10"]["value"] < found[system]["nDCG@10"]["high"]


def test_compare_gain_is_the_paired_difference() -> None:
    """Every query gains the same: the interval of the gain has no width, though those of the systems have."""
    base = run(1, 0.5)
    found = compare(QRELS, {"base": base, "tuned": base})

    assert found["gain"]["nDCG@10"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["base"]["nDCG@10"]["high"] - found["base"]["nDCG@10"]["low"] > 0.05


def test_compare_each_query_is_told_by_system() -> None:
    found = compare({"q": {"r": 1}}, {"base": {"q": {"a": 2.0, "r": 1.0}}, "tuned": {"q": {"r": 1.0}}})

    assert found["per_query"] == {"q": {"base": pytest.approx(0.6309, abs=1e-4), "tuned": 1.0}}


def test_compare_query_that_one_system_misses_counts_for_it_as_nothing() -> None:
    found = compare({"q1": {"r": 1}, "q2": {"r": 1}}, {"base": {"q1": {"r": 1.0}}, "tuned": {"q2": {"r": 1.0}}})

    assert found["per_query"]["q1"] == {"base": 1.0, "tuned": 0.0}
    assert found["gain"]["RR@10"]["value"] == 0.0


@pytest.mark.parametrize(
    ("base", "tuned", "expected"),
    [
        pytest.param(run(1, 0.2), run(2, 0.9), "better", id="better"),
        pytest.param(run(1, 0.9), run(2, 0.2), "worse", id="worse"),
        pytest.param(run(1, 0.5), run(2, 0.5), "no difference", id="no-difference"),
        pytest.param(run(1, 0.5), run(1, 0.5), "no difference", id="the-same"),
    ],
)
def test_outcome_is_the_side_of_the_interval(base: Run, tuned: Run, expected: str) -> None:
    assert outcome(compare(QRELS, {"base": base, "tuned": tuned})["gain"]) == expected


def test_outcome_of_one_query_is_no_verdict() -> None:
    """One query says nothing about others, whatever it gained."""
    found = compare({"q": {"r": 1}}, {"base": {"q": {"a": 2.0, "r": 1.0}}, "tuned": {"q": {"r": 1.0}}})

    assert outcome(found["gain"]) == "no difference"


def test_compare_with_bm25_hybrids_are_compared_too() -> None:
    found = compare(QRELS, {"base": run(1, 0.2), "tuned": run(2, 0.9), "bm25": run(3, 0.5)})

    assert {"base+bm25", "tuned+bm25", "hybrid_gain", "hybrid_p_value"} <= found.keys()
    assert found["base"]["nDCG@10"]["value"] < found["tuned+bm25"]["nDCG@10"]["value"]
    assert set(found["per_query"]["q0"]) == {"base", "tuned", "bm25", "base+bm25", "tuned+bm25"}


def test_compare_without_bm25_there_is_no_hybrid() -> None:
    found = compare(QRELS, {"base": run(1, 0.2), "tuned": run(2, 0.9)})

    assert found.keys() == {"n_queries", "base", "tuned", "gain", "p_value", "per_query"}


def test_compare_p_value_is_small_for_a_clear_gain_and_1_for_none() -> None:
    assert compare(QRELS, {"base": run(1, 0.2), "tuned": run(2, 0.9)})["p_value"] < 0.001
    assert compare(QRELS, {"base": run(1, 0.5), "tuned": run(1, 0.5)})["p_value"] == 1.0
