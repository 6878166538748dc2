"""Sparse queries in two phases."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.java.floats import single
from local.gateway.two_phase import TwoPhase, rescored, split_clauses, two_phase_of

CLAUSE: dict[str, Any] = {"sparse": {"query_tokens": {"a": 2.0}}}
BOOSTED: dict[str, Any] = {"sparse": {"query_tokens": {"a": 2.0}, "boost": 3.0}}


def of(**parameters: Any) -> TwoPhase | None:
    config = {"two_phase_parameter": parameters}
    return two_phase_of({"request_processors": [{"neural_sparse_two_phase_processor": config}]})


def test_two_phase_of_pipeline_is_read_with_its_defaults() -> None:
    assert two_phase_of({"request_processors": [{"other": {}}]}) is None
    assert of() == TwoPhase(True, "max_ratio", single(0.4), 5.0, 10_000)
    assert of(prune_type="top_k", prune_ratio=2, expansion_rate=1.5, max_window_size=60) == TwoPhase(
        True, "top_k", 2.0, 1.5, 60
    )


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"expansion_rate": 0.5}, "The two_phase_parameter.expansion_rate must >= 1.0. Received: 0.500000"),
        ({"max_window_size": 49}, "The two_phase_parameter.max_window_size must >= 50. Received: \n49"),
        ({"prune_type": "half"}, "Unknown prune type: half"),
        (
            {"prune_ratio": 1.5},
            "Illegal prune_ratio 1.500000 for prune_type: max_ratio. prune_ratio should be in the range [0, 1).",
        ),
    ],
)
def test_two_phase_of_wrong_configuration_is_refused(parameters: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        of(**parameters)
    assert refused.value.error["reason"] == reason


def test_split_heavy_tokens_and_light_ones_are_all_tokens() -> None:
    assert TwoPhase().split({"a": 2.0, "b": 0.8, "c": 0.7}) == ({"a": 2.0, "b": 0.8}, {"c": 0.7})


@pytest.mark.parametrize(
    ("query", "split"),
    [
        ({"neural_sparse": CLAUSE}, [(CLAUSE, 1.0)]),
        ({"bool": {"should": {"neural_sparse": BOOSTED}, "boost": 2.0}}, [(BOOSTED, 6.0)]),
        ({"bool": {"must": {"neural_sparse": CLAUSE}}}, []),
        ({"match": {"text": "a"}}, []),
        (None, []),
    ],
    ids=["alone", "should", "must", "none", "nothing"],
)
def test_split_clauses_are_those_that_should_match(query: Any, split: list[tuple[dict[str, Any], float]]) -> None:
    assert split_clauses(query) == split


def test_rescored_search_keeps_its_own_rescorers() -> None:
    own = {"window_size": 3, "query": {"rescore_query": {"match_all": {}}, "query_weight": 0.5}}
    light = {"bool": {"should": []}}
    query = {"rescore_query": {"bool": {"should": [light], "boost": 0.5}}}
    assert rescored({"rescore": own}, [light], 50)["rescore"] == [own, {"window_size": 50, "query": query}]


def test_window_beyond_the_largest_is_refused() -> None:
    assert TwoPhase().window(10) == 50
    with pytest.raises(OpenSearchError, match=r"should be \[0,10000\], but get the value of 10005"):
        TwoPhase().window(2_001)
