from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

import pytest

from include.evaluation.gate import decide

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from include.settings import EvaluationSettings

NDCG = [0.0, 0.0, 0.39, 0.43, 0.5, 0.63, 1.0, 1.0, 1.0]


def query_set(base: Sequence[float], tuned: Sequence[float], **others: Sequence[float]) -> dict[str, Any]:
    systems = {"base": base, "tuned": tuned, **others}
    return {
        "per_query": {
            f"q{place}": {name: values[place] for name, values in systems.items()} for place in range(len(base))
        }
    }


def evaluation(judged: dict[str, Any], **sets: dict[str, Any]) -> dict[str, Any]:
    return {"measure": "nDCG@10", "decided_on": "judged", "sets": {"judged": judged, **sets}}


def simulated(seed: int, queries: int = 200, moved: float = 0.4, gain: float = 0.0) -> dict[str, Any]:
    """Two models' nDCG: most queries alike, some moved at random, and so many of the others improved to 1."""
    draw = random.Random(seed)
    base = [draw.choice(NDCG) for _ in range(queries)]
    tuned = [draw.choice(NDCG) if draw.random() < moved else value for value in base]
    return query_set(base, [1.0 if draw.random() < gain else value for value in tuned])


@pytest.fixture
def asked(make_settings: Callable[..., Any]) -> Callable[..., EvaluationSettings]:
    def make(**changed: Any) -> EvaluationSettings:
        found: EvaluationSettings = make_settings(**changed).evaluation
        return found

    return make


@pytest.mark.parametrize("queries", [pytest.param(30, id="30-queries"), pytest.param(200, id="200-queries")])
def test_decide_of_200_runs_of_equal_models_at_most_5_in_100_are_promoted(asked: Any, queries: int) -> None:
    promoted = sum(decide(evaluation(simulated(seed, queries)), asked()).promote for seed in range(200))

    assert promoted <= 10, promoted


def test_decide_clearly_better_model_is_promoted_every_time(asked: Any) -> None:
    assert all(decide(evaluation(simulated(seed, gain=0.3)), asked()).promote for seed in range(20))


def test_decide_clearly_worse_model_is_never_promoted(asked: Any) -> None:
    for seed in range(20):
        better = simulated(seed, gain=0.3)["per_query"].values()
        worse = query_set([values["tuned"] for values in better], [values["base"] for values in better])
        assert not decide(evaluation(worse), asked()).promote


def test_decide_tie_keeps_the_base(asked: Any) -> None:
    found = decide(evaluation(query_set([0.5, 1.0, 0.0] * 40, [0.5, 1.0, 0.0] * 40)), asked())

    assert not found.promote
    assert found.reason == (
        "The tuned model is not promoted; the base model stays. On 120 judged queries it reaches nDCG@10 0.500, the "
        "base model 0.500: +0.000, p = 1.000: no gain."
    )


def test_decide_gain_is_told_with_its_figures(asked: Any) -> None:
    found = decide(evaluation(query_set([0.5] * 40, [0.75] * 40)), asked())

    assert found.promote
    assert found.reason == (
        "The tuned model is promoted. On 40 judged queries it reaches nDCG@10 0.750, the base model 0.500: +0.250, "
        "p < 0.001: better by more than luck."
    )
    assert found.as_dict()["checks"] == [
        {
            "name": "better",
            "passed": True,
            "text": found.checks[0].text,
            "gain": 0.25,
            "p_value": pytest.approx(1 / 10_001),
        }
    ]


@pytest.mark.parametrize(
    ("min_gain", "expected"),
    [pytest.param(0.1, True, id="above"), pytest.param(0.25, False, id="equal"), pytest.param(0.3, False, id="below")],
)
def test_decide_gain_must_be_above_the_margin(asked: Any, min_gain: float, expected: bool) -> None:
    assert decide(evaluation(query_set([0.5] * 40, [0.75] * 40)), asked(min_gain=min_gain)).promote is expected


def test_decide_gain_below_the_margin_says_so(asked: Any) -> None:
    reason = decide(evaluation(query_set([0.5] * 40, [0.75] * 40)), asked(min_gain=0.3)).reason

    assert "+0.250 (at least +0.300 is asked for), p < 0.001: less than is asked for." in reason


def test_decide_few_queries_keep_the_base_and_ask_for_more(asked: Any) -> None:
    found = decide(evaluation(query_set([0.0] * 5, [1.0] * 5)), asked())

    assert not found.promote
    assert "p = 0.062" in found.reason
    assert "With 5 queries no result could be told from luck: give more." in found.reason


def test_decide_six_queries_all_better_are_enough(asked: Any) -> None:
    assert decide(evaluation(query_set([0.0] * 6, [1.0] * 6)), asked()).promote


def test_decide_stricter_significance_is_asked_for(asked: Any) -> None:
    assert not decide(evaluation(query_set([0.0] * 6, [1.0] * 6)), asked(significance=0.01)).promote


@pytest.mark.parametrize("where", ["judged", "guard"])
def test_decide_what_is_no_number_keeps_the_base(asked: Any, where: str) -> None:
    sets = {"judged": query_set([0.0] * 20, [1.0] * 20), "guard": query_set([0.5] * 20, [0.5] * 20)}
    sets[where] = query_set([0.0] * 20, [1.0] * 19 + [math.nan])

    assert not decide(evaluation(sets["judged"], guard=sets["guard"]), asked()).promote


GUARDS = [
    pytest.param([0.8] * 50, True, "they do not fall by more than the 0.01", id="unchanged"),
    pytest.param([0.9] * 50, True, "they do not fall", id="better"),
    pytest.param([0.8] * 48 + [0.7, 0.6], True, "they do not fall", id="a-little-worse"),
    pytest.param([0.8] * 46 + [0.2] * 4, False, "they may fall by at most 0.01", id="too-far-on-average"),
    pytest.param([0.795] * 50, False, "they fall by more than luck", id="little-but-surely"),
]


@pytest.mark.parametrize(("tuned", "expected", "told"), GUARDS)
def test_decide_guard_must_not_fall(asked: Any, tuned: list[float], expected: bool, told: str) -> None:
    better = query_set([0.5] * 40, [0.75] * 40)

    found = decide(evaluation(better, guard=query_set([0.8] * 50, tuned)), asked())

    assert found.promote is expected
    assert "On 50 guard queries it reaches nDCG@10 0." in found.reason
    assert told in found.reason


@pytest.mark.parametrize(
    ("promote", "better", "expected", "told"),
    [
        pytest.param("always", True, True, "because promote is 'always'. On 40", id="always"),
        pytest.param("always", False, True, "because promote is 'always', although a check failed.", id="always-worse"),
        pytest.param("never", True, False, "because promote is 'never', although all checks passed.", id="never"),
        pytest.param("never", False, False, "because promote is 'never'. On 40", id="never-worse"),
    ],
)
def test_decide_user_has_the_last_word(asked: Any, promote: str, better: bool, expected: bool, told: str) -> None:
    low, high = [0.5] * 40, [0.75] * 40
    judged = query_set(low, high) if better else query_set(high, low)

    found = decide(evaluation(judged), asked(promote=promote))

    assert found.promote is expected
    assert told in found.reason


def test_decide_better_bm25_is_mentioned_and_does_not_decide(asked: Any) -> None:
    systems = {"bm25": [0.7] * 40, "base+bm25": [0.9] * 40}

    found = decide(evaluation(query_set([0.5] * 40, [0.75] * 40, **systems)), asked())

    assert found.promote
    assert found.reason.endswith(
        "Note that BM25 fused with the base model reaches nDCG@10 0.900, more than the tuned model alone."
    )


def test_decide_highlighter_is_compared_with_its_best_baseline(asked: Any) -> None:
    judged = {**query_set([0.0] * 30, [0.6] * 30, bm25=[0.7] * 30, embedding=[0.5] * 30), "gain_over": "bm25"}
    found = decide({"measure": "F1", "decided_on": "judged", "sets": {"judged": judged}}, asked())

    assert not found.promote
    assert "it reaches a mean F1 of 0.600, BM25 0.700: -0.100, p < 0.001: no gain." in found.reason
