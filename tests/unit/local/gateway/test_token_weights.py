"""Sparse vectors: read from a model's answer, and pruned."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.token_weights import check_prune_ratio, check_prune_type, pruned, token_weights

TOKENS = {"a": 4.0, "b": 3.0, "c": 2.0, "d": 1.0}


def result(answer: Any) -> list[dict[str, Any]]:
    return [{"output": [{"name": "response", "dataAsMap": answer}]}]


def test_token_weights_vectors_of_all_calls_come_in_order() -> None:
    results = [*result({"response": [{"a": 1}, {"b": 2.5}]}), *result({"response": [{"c": 1.23456789}]})]
    assert token_weights(results) == [{"a": 1.0}, {"b": 2.5}, {"c": 1.2345679}]


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([], "Empty model result produced"),
        ([{"status_code": 200}], "Empty model result produced"),
        ([{"output": [{"name": "sentence_embedding", "data": [1.0]}]}], '"map" is null'),
        (result({"tokens": []}), r"associated with the field \[response\]"),
        (result({"response": {"a": 1.0}}), "should be a list"),
        (result({"response": [[1.0]]}), "Map with String keys and Float values"),
        (result({"response": [{"a": "1"}]}), "Map with String keys and Float values"),
    ],
    ids=["nothing", "no-output", "vector", "other-key", "no-list", "no-map", "no-number"],
)
def test_token_weights_other_answer_is_refused(results: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        token_weights(results)


@pytest.mark.parametrize(
    ("kind", "ratio", "kept"),
    [
        ("none", 0.0, "abcd"),
        ("top_k", 2.0, "ab"),
        ("alpha_mass", 0.7, "ab"),
        ("alpha_mass", 0.3, ""),
        ("max_ratio", 0.5, "abc"),
        ("abs_value", 3.0, "ab"),
    ],
)
def test_pruned_keeps_what_the_kind_says(kind: str, ratio: float, kept: str) -> None:
    assert pruned(TOKENS, kind, ratio) == {token: TOKENS[token] for token in kept}


def test_pruned_weight_that_is_not_positive_is_refused() -> None:
    with pytest.raises(OpenSearchError, match="Pruned values must be positive"):
        pruned({"a": 0.0}, "none", 0.0)


@pytest.mark.parametrize(
    ("kind", "ratio", "reason"),
    [
        ("top_k", 1.5, "Illegal prune_ratio 1.500000 for prune_type: top_k. prune_ratio should be positive integer."),
        (
            "max_ratio",
            1.0,
            "Illegal prune_ratio 1.000000 for prune_type: max_ratio. prune_ratio should be in the range [0, 1).",
        ),
        (
            "abs_value",
            -1.0,
            "Illegal prune_ratio -1.000000 for prune_type: abs_value. prune_ratio should be non-negative.",
        ),
    ],
)
def test_prune_ratio_out_of_range_is_refused(kind: str, ratio: float, reason: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        check_prune_ratio(kind, ratio)
    assert refused.value.error["reason"] == reason


def test_prune_type_unknown_is_refused() -> None:
    with pytest.raises(OpenSearchError, match="Unknown prune type: half"):
        check_prune_type("half")
