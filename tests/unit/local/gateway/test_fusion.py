"""Scores of hybrid queries."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.fusion import Bound, Fusion
from local.gateway.hybrid_scores import Found, ShardHits, fused
from local.gateway.java.floats import shown, single
from local.gateway.shards import Shard

SHARD = Shard("docs", 0, "node")
MEANS = ["arithmetic_mean", "geometric_mean", "harmonic_mean"]


def hits(scores: dict[int, float]) -> list[Found]:
    return [Found(doc, str(doc), single(score)) for doc, score in scores.items()]


def scores_of(fusion: Fusion, *lists: dict[int, float], **options: Any) -> dict[str, float]:
    shards = [ShardHits(SHARD, [hits(scores) for scores in lists])]
    return {hit.id: shown(hit.score) for hit in fused(shards, fusion, **options)}


# 06 hybrid: `match` and `neural` of the same five documents.
RECORDED_06 = ({5: 0.5073471, 1: 0.3425401}, {1: 0.52386904, 5: 0.2856645, 3: 0.24577375})
# 14 hybrid_norm: the same of other documents.
RECORDED_14 = ({0: 0.6466679, 1: 0.6466679}, {2: 0.53022337, 1: 0.09750581, 3: 0.095119774})


@pytest.mark.parametrize(
    ("fusion", "lists", "scores"),
    [
        (Fusion(), RECORDED_06, {"5": 0.5717214, "1": 0.5005, "3": 0.0005}),
        (
            Fusion(weights=(single(0.3), single(0.7))),
            RECORDED_14,
            {"2": 0.7, "1": 0.3038387, "0": 0.3, "3": 0.00070000003},
        ),
        (
            Fusion("rrf", "rrf"),
            RECORDED_14,
            {"1": 0.032258064, "0": 0.016393442, "2": 0.016393442, "3": 0.015873017},
        ),
        (
            Fusion("l2", "harmonic_mean"),
            RECORDED_14,
            {"2": 0.96854836, "0": 0.70710677, "1": 0.28454918, "3": 0.17375338},
        ),
    ],
    ids=["06-min_max", "14-weights", "14-rrf", "14-l2-harmonic"],
)
def test_fused_recorded_scores_are_reached(
    fusion: Fusion, lists: tuple[dict[int, float], ...], scores: dict[str, float]
) -> None:
    found = scores_of(fusion, *lists)
    assert found == scores
    assert list(found) == list(scores)


@pytest.mark.parametrize(("combination", "score"), [*zip(MEANS, (0.5, 1.0, 1.0), strict=True), ("rrf", 1.0)])
def test_fused_hit_of_one_list_counts_as_the_technique_says(combination: str, score: float) -> None:
    assert scores_of(Fusion(combination=combination), {1: 3.0}, {}) == {"1": score}


@pytest.mark.parametrize("combination", MEANS)
def test_fused_equal_scores_stay_as_they_are(combination: str) -> None:
    lists = {1: 2.0, 2: 1.5, 3: 1.0}, {1: 4.0, 2: 3.0, 3: 2.0}
    weights = (single(0.5), single(0.5))
    scores = scores_of(Fusion(combination=combination, weights=weights), *lists)
    assert scores == pytest.approx({"1": 1.0, "2": 0.5, "3": 0.001})


def test_fused_z_score_below_the_mean_is_the_least_and_at_the_mean_the_best_raw_score() -> None:
    # Mean 3, deviation of the sample 2.
    assert scores_of(Fusion("z_score"), {1: 5.0, 2: 3.0, 3: 1.0}) == {"2": 5.0, "1": 1.0, "3": 0.001}


@pytest.mark.parametrize(
    ("lower", "scores"),
    [
        (Bound("apply", 1.0), {"1": 1.0, "2": 0.33333334, "3": 0.001}),
        (Bound("clip", 1.0), {"1": 1.0, "2": 0.33333334, "3": 0.001}),
        (Bound("ignore", 1.0), {"1": 1.0, "2": 0.42857143, "3": 0.001}),
    ],
    ids=["apply", "clip", "ignore"],
)
def test_fused_lower_bound_takes_the_place_of_the_least_score(lower: Bound, scores: dict[str, float]) -> None:
    assert scores_of(Fusion(lower_bounds=(lower,)), {1: 4.0, 2: 2.0, 3: 0.5}) == scores


def test_fused_upper_bound_clips_what_is_above() -> None:
    fusion = Fusion(upper_bounds=(Bound("clip", 2.0),))
    assert scores_of(fusion, {1: 4.0, 2: 1.5, 3: 1.0}) == {"1": 1.0, "2": 0.5, "3": 0.001}


def test_fused_several_shards_share_their_minimum_and_keep_their_order() -> None:
    other = Shard("docs", 1, "node")
    shards = [ShardHits(SHARD, [hits({7: 3.0, 8: 2.0})]), ShardHits(other, [hits({7: 3.0, 9: 1.0})])]
    found = [(hit.shard.number, hit.id, hit.score) for hit in fused(shards, Fusion())]
    assert found == [(0, "7", 1.0), (1, "7", 1.0), (0, "8", 0.5), (1, "9", single(0.001))]


def test_fused_explained_scores_are_normalized_twice() -> None:
    lists = {1: 2.0, 2: 1.5, 3: 1.0}
    assert scores_of(Fusion(), lists)["2"] == 0.5
    assert scores_of(Fusion(), lists, explain=True)["2"] == pytest.approx((0.5 - 0.001) / 0.999)


@pytest.mark.parametrize(
    ("fusion", "reason"),
    [
        (Fusion(weights=(1.0,)), r"number of weights \[1\] must match number of sub-queries \[2\]"),
        (Fusion(lower_bounds=(Bound("apply", 0.0),)), "expected bounds array to contain 2 elements"),
    ],
    ids=["weights", "bounds"],
)
def test_fused_configuration_that_does_not_fit_is_refused(fusion: Fusion, reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        scores_of(fusion, {1: 1.0}, {2: 1.0})


@pytest.mark.parametrize(
    ("fusion", "described"),
    [
        (Fusion(weights=(single(0.3), single(0.7))), ("min_max", "arithmetic_mean, weights [0.3, 0.7]")),
        (Fusion("rrf", "rrf"), ("rrf, rank_constant [60]", "rrf")),
        (
            Fusion("min_max", "harmonic_mean", lower_bounds=(Bound("apply", 0.5),)),
            ("min_max, lower bounds [(apply, 0.5)]", "harmonic_mean"),
        ),
    ],
    ids=["weights", "rrf", "bounds"],
)
def test_described_techniques_name_their_parameters(fusion: Fusion, described: tuple[str, str]) -> None:
    assert (fusion.described_normalization(), fusion.described_combination()) == described
