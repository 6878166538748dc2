"""`hybrid` queries as they are written."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.hybrid_query import Hybrid, check_syntax, hybrid_of, pushed_down, summed

A, B = {"match": {"text": "a"}}, {"term": {"tag": "b"}}
HYBRID = {"hybrid": {"queries": [A, B]}}
UNION = {"bool": {"should": [A, B], "minimum_should_match": 1}}


@pytest.mark.parametrize(
    "query",
    [
        HYBRID,
        {"bool": {"must": [HYBRID]}},
        {"bool": {"should": HYBRID}},
        {"bool": {"must": {"bool": {"must": HYBRID}}}},
    ],
    ids=["top", "must", "should", "twice"],
)
def test_hybrid_of_query_that_is_nothing_else_is_found(query: dict[str, Any]) -> None:
    assert hybrid_of(query) == Hybrid([A, B])


@pytest.mark.parametrize("query", [A, {"bool": {"must": [HYBRID], "filter": [B]}}, {"bool": {"filter": HYBRID}}, None])
def test_hybrid_of_other_query_is_none(query: Any) -> None:
    assert hybrid_of(query) is None


def test_pushed_down_filter_goes_into_every_sub_query() -> None:
    knn = {"knn": {"vector": {"vector": [1.0], "k": 3}}}
    sparse = {"neural_sparse": {"tokens": {"query_text": "a"}}}
    query = {
        "hybrid": {"queries": [A, {"bool": {"should": [A]}}, knn, sparse], "filter": B, "pagination_depth": 20},
    }
    assert hybrid_of(pushed_down(query)) == Hybrid(
        [
            {"bool": {"must": [A], "filter": [B]}},
            {"bool": {"should": [A], "filter": [B]}},
            {"knn": {"vector": {"vector": [1.0], "k": 3, "filter": B}}},
            {"bool": {"must": [sparse], "filter": [B]}},
        ],
        20,
    )


def test_summed_hybrid_with_filters_becomes_a_sum() -> None:
    assert summed({"bool": {"must": [HYBRID], "filter": [B]}}) == {"bool": {"must": [UNION], "filter": [B]}}


@pytest.mark.parametrize(
    "query",
    [
        {"bool": {"should": [HYBRID, A]}},
        {"bool": {"must": [{"bool": {"should": [A, HYBRID]}}]}},
        {"dis_max": {"queries": [HYBRID, A]}},
    ],
    ids=["beside", "deeper", "dis_max"],
)
def test_summed_hybrid_beside_others_is_refused(query: dict[str, Any]) -> None:
    with pytest.raises(OpenSearchError, match="must be a top level query"):
        summed(query)


@pytest.mark.parametrize(
    ("query", "reason", "place"),
    [
        ({"hybrid": {"queries": [A], "size": 1}}, "Field is not supported by [hybrid] query", "1}"),
        ({"hybrid": {"queries": [A], "boost": 2.0}}, "[hybrid] query does not support [boost]", "2.0"),
        ({"hybrid": {"queries": []}}, "[_na] query malformed, must start with start_object", "]"),
        (
            {"hybrid": {"queries": [A] * 6}},
            "Number of sub-queries exceeds maximum supported by [hybrid] query",
            '{"match"',
        ),
        ({"hybrid": {}}, "[hybrid] requires 'queries' field with at least one clause", "}}}"),
    ],
    ids=["unknown", "boost", "empty", "many", "none"],
)
def test_check_syntax_wrong_query_is_refused_with_its_place(query: dict[str, Any], reason: str, place: str) -> None:
    document = json.dumps({"query": query})
    with pytest.raises(OpenSearchError) as refused:
        check_syntax(query, document)
    assert refused.value.error == {
        "type": "parsing_exception",
        "reason": reason,
        "line": 1,
        "col": document.rindex(place) + 1,
    }


def test_check_syntax_right_query_passes() -> None:
    query = {"hybrid": {"queries": [A] * 5, "filter": B, "boost": 1.0, "_name": "n", "pagination_depth": 5}}
    check_syntax(query, json.dumps({"query": query}))
