"""Scores of hybrid queries."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.fusion import fused, normalization
from local.gateway.java.floats import shown

# 06 hybrid: `match` and `neural` of the same five documents.
KEYWORD = {("docs", "5"): 0.5073471, ("docs", "1"): 0.3425401}
VECTOR = {("docs", "1"): 0.52386904, ("docs", "5"): 0.2856645, ("docs", "3"): 0.24577375}
DEFAULT: dict[str, Any] = {}


def test_fused_recorded_scores_are_reached() -> None:
    scores = fused([KEYWORD, VECTOR], DEFAULT)
    assert {document_id: shown(score) for (_, document_id), score in scores.items()} == {
        "5": 0.5717214,
        "1": 0.5005,
        "3": 0.0005,
    }


@pytest.mark.parametrize(
    ("combination", "score"), [("arithmetic_mean", 0.5), ("geometric_mean", 1.0), ("harmonic_mean", 1.0)]
)
def test_fused_hit_of_one_list_counts_as_the_technique_says(combination: str, score: float) -> None:
    config = {"combination": {"technique": combination}}
    assert fused([{("i", "1"): 3.0}, {}], config) == {("i", "1"): score}


def test_fused_weights_decide() -> None:
    config = {"combination": {"parameters": {"weights": [0.75, 0.25]}}}
    assert fused([{("i", "1"): 3.0}, {}], config) == {("i", "1"): 0.75}


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"normalization": {"technique": "z_score"}}, "normalization technique is"),
        ({"combination": {"parameters": {"weights": [1.0]}}}, r"number of weights \[1\] must match"),
    ],
)
def test_fused_configuration_that_does_not_fit_is_refused(config: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        fused([KEYWORD, VECTOR], config)


def test_normalization_pipeline_without_it_is_none() -> None:
    assert normalization({"phase_results_processors": [{"other": {}}]}) is None
