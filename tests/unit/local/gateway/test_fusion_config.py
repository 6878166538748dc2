"""Configurations of the processors that make one score of several."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.fusion import Bound, Fusion
from local.gateway.fusion_config import fusion_of
from local.gateway.java.floats import single


def of(config: dict[str, Any], kind: str = "normalization-processor") -> Fusion | None:
    return fusion_of({"phase_results_processors": [{"other": {}}, {kind: config}]})


def combination(**parameters: Any) -> dict[str, Any]:
    return {"combination": {"parameters": parameters}}


def bounds(**parameters: Any) -> dict[str, Any]:
    return {"normalization": {"technique": "min_max", "parameters": parameters}}


@pytest.mark.parametrize("pipeline", [{}, {"phase_results_processors": [{"other": {}}]}, {"request_processors": []}])
def test_fusion_of_pipeline_without_processor_is_none(pipeline: dict[str, Any]) -> None:
    assert fusion_of(pipeline) is None


def test_fusion_of_empty_configuration_has_the_defaults() -> None:
    assert of({}) == Fusion("min_max", "arithmetic_mean")
    assert of({}, "score-ranker-processor") == Fusion("rrf", "rrf", rank_constant=60)


def test_fusion_of_full_configuration_is_read() -> None:
    lower = [{"mode": "clip", "min_score": 0.1}, {"mode": "ignore"}]
    config = {**bounds(lower_bounds=lower), **combination(weights=[0.4, 0.6])}
    assert of(config) == Fusion(
        weights=(single(0.4), single(0.6)), lower_bounds=(Bound("clip", single(0.1)), Bound("ignore", 0.0))
    )
    ranked = {"combination": {"technique": "rrf", "rank_constant": 7, "parameters": {"weights": [0.5, 0.5]}}}
    assert of(ranked, "score-ranker-processor") == Fusion("rrf", "rrf", (0.5, 0.5), rank_constant=7)


@pytest.mark.parametrize(
    ("config", "status", "reason"),
    [
        ({"normalization": {"technique": "softmax"}}, 400, "provided normalization technique is not supported"),
        ({"combination": {"technique": "median"}}, 400, "provided combination technique is not supported"),
        (
            {"normalization": {"technique": "z_score"}, "combination": {"technique": "harmonic_mean"}},
            400,
            "provided combination technique harmonic_mean is not supported for normalization technique z_score. "
            "Supported techniques are: arithmetic_mean",
        ),
        (
            combination(weights=[0.5, 0.6]),
            400,
            "sum of weights for combination must be equal to 1.0, submitted weights: [0.5, 0.6]",
        ),
        (
            combination(weights=[1.5, -0.5]),
            400,
            "all weights must be in range [0.0 ... 1.0], submitted weights: [1.5, -0.5]",
        ),
        (
            combination(weights=[1, 0.0]),
            500,
            "class java.lang.Integer cannot be cast to class java.lang.Double (java.lang.Integer and java.lang.Double "
            "are in module java.base of loader 'bootstrap')",
        ),
        (combination(weights=0.5), 400, "parameter [weights] must be a collection of numbers"),
        (
            combination(weight=[0.5]),
            400,
            "provided parameter for combination technique is not supported. supported parameters are [weights]",
        ),
        (bounds(lower_bound=[]), 400, "unrecognized parameters in normalization technique"),
        (bounds(lower_bounds=[{"mode": "cut"}]), 400, "invalid mode: cut, valid values are: apply, clip, ignore"),
        (
            bounds(upper_bounds=[{"max_score": 20_000.0}]),
            400,
            "max_score must be a valid finite number between -10000.000000 and 10000.000000",
        ),
        ({"normalization": "l2"}, 400, "[normalization] property isn't a map, but of type [java.lang.String]"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_fusion_of_wrong_configuration_is_refused(config: dict[str, Any], status: int, reason: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        of(config)
    assert (refused.value.status, refused.value.error["reason"]) == (status, reason)


@pytest.mark.parametrize(
    ("constant", "reason"),
    [
        (0, "rank constant must be in the interval between 1 and 10000, submitted rank constant: 0"),
        ("many", "parameter [rank_constant] must be an integer"),
    ],
)
def test_fusion_of_wrong_rank_constant_is_refused(constant: Any, reason: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        of({"combination": {"rank_constant": constant}}, "score-ranker-processor")
    assert refused.value.error["reason"] == reason
