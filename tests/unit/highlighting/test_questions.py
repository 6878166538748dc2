"""Every query that carries a text says what to look for; those that do not, say nothing."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from include.highlighting.questions import question_of

DOG = {"match": {"text": "dog"}}
CAT = {"match_phrase": {"text": {"query": "a cat", "slop": 1}}}

CASES: dict[str, tuple[Any, str | None]] = {
    "match": (DOG, "dog"),
    "match_object": ({"match": {"text": {"query": "dog", "operator": "and"}}}, "dog"),
    "match_phrase": (CAT, "a cat"),
    "match_phrase_prefix": ({"match_phrase_prefix": {"text": "dog b"}}, "dog b"),
    "multi_match": ({"multi_match": {"query": "dog", "fields": ["a", "b"]}}, "dog"),
    "combined_fields": ({"combined_fields": {"query": "dog", "fields": ["a"]}}, "dog"),
    "term": ({"term": {"text": {"value": "dog"}}}, "dog"),
    "term_of_id": ({"term": {"_id": "dog"}}, None),
    "term_of_number": ({"term": {"year": 2020}}, None),
    "terms": ({"terms": {"text": ["dog", "cat", 3], "boost": 2}}, "dog cat"),
    "fuzzy": ({"fuzzy": {"text": {"value": "dgo"}}}, "dgo"),
    "neural": ({"neural": {"vector": {"query_text": "a dog", "model_id": "m", "k": 3}}}, "a dog"),
    "neural_of_image": ({"neural": {"vector": {"query_image": "iVBOR", "k": 3}}}, None),
    "neural_sparse": ({"neural_sparse": {"tokens": {"query_text": "a dog"}}}, "a dog"),
    "hybrid_same_text_once": (
        {"hybrid": {"queries": [DOG, {"neural": {"v": {"query_text": "dog"}}}, CAT]}},
        "dog a cat",
    ),
    "bool": ({"bool": {"must": [DOG], "should": CAT, "must_not": {"match": {"text": "fish"}}}}, "dog a cat"),
    "bool_filter_is_silent_beside_others": ({"bool": {"must": DOG, "filter": [{"term": {"lang": "en"}}]}}, "dog"),
    "bool_filter_alone": ({"bool": {"filter": [DOG, {"ids": {"values": ["1"]}}, {"exists": {"field": "x"}}]}}, "dog"),
    "dis_max": ({"dis_max": {"queries": [DOG, CAT]}}, "dog a cat"),
    "function_score": ({"function_score": {"query": DOG, "functions": []}}, "dog"),
    "script_score": ({"script_score": {"query": DOG, "script": {"source": "1"}}}, "dog"),
    "constant_score": ({"constant_score": {"filter": DOG}}, "dog"),
    "boosting": ({"boosting": {"positive": DOG, "negative": CAT}}, "dog"),
    "nested": ({"nested": {"path": "c", "query": DOG}}, "dog"),
    "has_child": ({"has_child": {"type": "c", "query": DOG}}, "dog"),
    "span_near": ({"span_near": {"clauses": [{"span_term": {"t": "dog"}}, {"span_term": {"t": "runs"}}]}}, "dog runs"),
    "intervals": ({"intervals": {"t": {"all_of": {"intervals": [{"match": {"query": "a dog"}}]}}}}, "a dog"),
    "more_like_this": ({"more_like_this": {"fields": ["t"], "like": ["a dog", {"_id": "1"}]}}, "a dog"),
    "query_string": (
        {"query_string": {"query": 'title:"big dog"~2 AND (+runs -sleeps OR text:cat^3)'}},
        "big dog runs cat",
    ),
    "query_string_of_a_time": ({"query_string": {"query": "well-known at 10:30"}}, "well-known at 10:30"),
    "simple_query_string": ({"simple_query_string": {"query": '"big dog" | cat*'}}, "big dog cat"),
    "wrapper": ({"wrapper": {"query": base64.b64encode(json.dumps(DOG).encode()).decode()}}, "dog"),
    "wrapper_of_nonsense": ({"wrapper": {"query": "%%%"}}, None),
    "match_all": ({"match_all": {}}, None),
    "knn": ({"knn": {"vector": {"vector": [1, 2], "k": 3}}}, None),
    "range": ({"range": {"year": {"gte": "now"}}}, None),
    "blank": ({"match": {"text": "  "}}, None),
    "none": (None, None),
    "list": ([DOG], None),
    "malformed": ({"bool": "dog", "match": "dog"}, None),
}


@pytest.mark.parametrize("name", CASES)
def test_question_of_query_is_its_text(name: str) -> None:
    query, expected = CASES[name]
    assert question_of(query) == expected
