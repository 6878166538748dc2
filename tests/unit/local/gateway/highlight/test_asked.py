"""The question of a batch is the text that was typed, of five kinds of queries."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from local.gateway.highlight.asked import question

DOG, CAT = {"match": {"text": "Dogs the DOG"}}, {"term": {"text": {"value": "cat"}}}


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (DOG, "Dogs the DOG"),
        ({"match": {"text": {"query": "say \"dog\"\n", "operator": "and"}}}, 'say "dog"\n'),
        ({"match": {"n": 5}}, "5"),
        ({"match": {"n": {"query": 1.5}}}, "1.5"),
        ({"match": {"b": True}}, "true"),
        (CAT, "cat"),
        ({"term": {"text": "cat"}}, "cat"),
        ({"neural": {"vec": {"query_text": "dog ${parameters.model}"}}}, "dog ${parameters.model}"),
        ({"neural": {"vec": {"query_image": "AAAA"}}}, None),
        ({"hybrid": {"queries": [DOG, CAT, {"match": {"text": ""}}]}}, "Dogs the DOG cat"),
        ({"hybrid": {"queries": [DOG, {"match_all": {}}]}}, None),
        ({"nested": {"path": "c", "query": {"nested": {"path": "c.d", "query": DOG}}}}, "Dogs the DOG"),
        ({"wrapper": {"query": base64.b64encode(json.dumps(CAT).encode()).decode()}}, "cat"),
        ({"match": {"text": ""}}, None),
        ({"bool": {"must": [DOG]}}, None),
        ({"match_phrase": {"text": "dog"}}, None),
        ({"match_all": {}}, None),
        (None, None),
    ],
    ids=lambda value: json.dumps(value),
)  # fmt: skip
def test_question_query_gives_its_text(query: Any, text: str | None) -> None:
    assert question(query) == text


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({"bool": {"filter": CAT, "must": [DOG, {"match_all": {}}], "must_not": [CAT]}}, "Dogs the DOG cat"),
        ({"bool": {"must": [{"match_all": {}}]}}, None),
        ({"dis_max": {"queries": [DOG, {"bool": {"should": [CAT]}}]}}, "Dogs the DOG cat"),
        ({"constant_score": {"filter": CAT}}, "cat"),
        ({"boosting": {"positive": DOG, "negative": CAT, "negative_boost": 0.5}}, "Dogs the DOG"),
        ({"function_score": {"query": CAT}}, "cat"),
        ({"function_score": {}}, None),
        ({"match_phrase": {"text": "dog"}}, None),
    ],
    ids=lambda value: json.dumps(value),
)
def test_question_under_the_rules_of_3_7_looks_into_containers(query: Any, text: str | None) -> None:
    assert question(query, containers=True) == text
