"""What a query becomes on a shard, and the question in it. The explanations are those of OpenSearch 3.4.0."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.highlight.clauses import Boolean, Clause, Hybrid, Neural, Term, question
from local.gateway.highlight.lucene import built

NESTED_TOO = " #FieldExistsQuery [field=_primary_term]"
EXPLANATIONS: dict[str, str] = {
    '{"match": {"text": "The DOG dog"}}': "text:the text:dog text:dog",
    '{"match": {"text": {"query": "dog cat", "operator": "and"}}}': "+text:dog +text:cat",
    '{"match": {"text": {"query": "dog cat", "minimum_should_match": 2}}}': "(text:dog text:cat)~2",
    '{"match": {"text": {"query": "dog cat", "boost": 2}}}': "(text:dog text:cat)^2.0",
    '{"match": {"text": {"query": "dog cat", "fuzziness": "AUTO"}}}': f"+(text:dog~1 text:cat~1){NESTED_TOO}",
    '{"match": {"text": {"query": "dog", "fuzziness": "AUTO"}}}': f"+text:dog~1{NESTED_TOO}",
    '{"match": {"text": "dog"}}': "text:dog",
    '{"match": {"title": "title"}}': "title:title",
    '{"match": {"text": "fast car"}}': "text:fast Synonym(text:auto text:car)",
    '{"match": {"text": "..."}}': 'MatchNoDocsQuery("Matching no documents because no terms present")',
    '{"match": {"text": "😀 a*b é"}}': "text:😀 text:a*b text:é",
    '{"match": {"tag": "a b"}}': "ConstantScore(tag:a b)",
    '{"match_phrase": {"text": "the dog"}}': f'+text:"the dog"{NESTED_TOO}',
    '{"match_phrase": {"text": "dog"}}': "text:dog",
    '{"multi_match": {"query": "dog", "fields": ["text", "title"]}}': f"+(text:dog | title:dog){NESTED_TOO}",
    '{"multi_match": {"query": "dog cat", "fields": ["text"]}}': "text:dog text:cat",
    '{"term": {"text": "The Dog"}}': "text:The Dog",
    '{"term": {"tag": "x"}}': "ConstantScore(tag:x)",
    '{"term": {"b": true}}': "b:T",
    '{"term": {"n": 5}}': "IndexOrDocValuesQuery(indexQuery=n:[5 TO 5], dvQuery=n:[5 TO 5])",
    '{"term": {"_id": "1"}}': f"+_id:([fe 1f]){NESTED_TOO}",
    '{"ids": {"values": ["1"]}}': f"+_id:([fe 1f]){NESTED_TOO}",
    '{"query_string": {"query": "text:(dog cat) -text:zzz"}}': f"+((text:dog text:cat) -text:zzz){NESTED_TOO}",
    '{"query_string": {"query": "text:dog -text:cat*"}}': f"+(text:dog -text:cat*){NESTED_TOO}",
    '{"query_string": {"query": "text:dog*"}}': f"+text:dog*{NESTED_TOO}",
    '{"match_bool_prefix": {"text": "dog ca"}}': f"+(text:dog text:ca*){NESTED_TOO}",
    '{"exists": {"field": "n"}}': f"+ConstantScore(FieldExistsQuery [field=n]){NESTED_TOO}",
    '{"match": {"c.text": "dog one"}}': "c.text:dog c.text:one",
    '{"match_phrase": {"c.text": "dog one"}}': f'+c.text:"dog one"{NESTED_TOO}',
    '{"term": {"c.tag": "x"}}': "ConstantScore(c.tag:x)",
}  # fmt: skip


def _question(query: Any, field: str = "text") -> str | None:
    return question(built(query, lambda leaf: EXPLANATIONS.get(json.dumps(leaf, ensure_ascii=False))), field)


@pytest.mark.parametrize(
    ("leaf", "text"),
    [
        ({"match": {"text": "The DOG dog"}}, "the dog dog"),
        ({"match": {"text": {"query": "dog cat", "operator": "and"}}}, "dog cat"),
        ({"match": {"text": {"query": "dog cat", "minimum_should_match": 2}}}, "dog cat"),
        ({"match": {"text": {"query": "dog cat", "boost": 2}}}, None),
        ({"match": {"text": {"query": "dog", "fuzziness": "AUTO"}}}, None),
        ({"match": {"title": "title"}}, ""),
        ({"match": {"text": "..."}}, None),
        ({"match": {"text": "😀 a*b é"}}, "😀 a*b é"),
        ({"match": {"tag": "a b"}}, None),
        ({"match_phrase": {"text": "the dog"}}, None),
        ({"match_phrase": {"text": "dog"}}, "dog"),
        ({"multi_match": {"query": "dog", "fields": ["text", "title"]}}, None),
        ({"multi_match": {"query": "dog cat", "fields": ["text"]}}, "dog cat"),
        ({"term": {"text": "The Dog"}}, "The Dog"),
        ({"term": {"n": 5}}, None),
        ({"query_string": {"query": "text:(dog cat) -text:zzz"}}, "dog cat"),
        ({"query_string": {"query": "text:dog -text:cat*"}}, "dog"),
        ({"query_string": {"query": "text:dog*"}}, None),
        ({"exists": {"field": "n"}}, None),
        ({"match_all": {}}, None),
        ({"function_score": {"query": {"match": {"text": "dog"}}}}, None),
        ({"neural": {"vec": {"query_text": "Some DOG", "model_id": "m"}}}, "Some DOG"),
        ({"neural": {"vec": {"query_text": "dog", "boost": 2}}}, None),
        ({"knn": {"vec": {"vector": [1], "k": 1}}}, None),
        (None, None),
    ],
    ids=lambda value: json.dumps(value, ensure_ascii=False),
)
def test_question_leaf_gives_its_terms(leaf: Any, text: str | None) -> None:
    assert _question(leaf) == text


@pytest.mark.parametrize(
    "leaf",
    [
        {"match": {"text": {"query": "dog cat", "fuzziness": "AUTO"}}},
        {"match": {"text": "fast car"}},
        {"match_bool_prefix": {"text": "dog ca"}},
        {"neural_sparse": {"vec": {"query_text": "dog"}}},
        {"bool": {"must": [{"match": {"text": "dog"}}], "filter": {"ids": {"values": ["1"]}}}},
        {"bool": {"must": [{"match": {"text": "dog"}}], "filter": [{"term": {"tag": "x"}}]}},
        {"bool": {"must": [{"match": {"text": "dog"}}], "should": [{"match_all": {}}]}},
        {"bool": {"must_not": [{"match": {"text": "dog"}}]}},
        {"nested": {"path": "c", "query": {"match_all": {}}}},
    ],
    ids=json.dumps,
)
def test_question_clause_without_text_fails(leaf: Any) -> None:
    with pytest.raises(OpenSearchError, match='because "clauseText" is null'):
        _question(leaf)


@pytest.mark.parametrize(
    ("query", "field", "text"),
    [
        (
            {"bool": {"filter": {"term": {"b": True}}, "should": {"match": {"title": "title"}},
                      "must": [{"match": {"text": "dog"}}], "must_not": {"ids": {"values": ["1"]}}}},
            "text",
            "dog",
        ),
        ({"bool": {"must": {"match": {"text": "dog"}}, "boost": 2}}, "text", None),
        ({"bool": {}}, "text", None),
        ({"nested": {"path": "c", "query": {"match": {"c.text": "dog one"}}}}, "c.text", "dog one"),
        ({"nested": {"path": "c", "query": {"term": {"c.tag": "x"}}}}, "c.text", None),
        (
            {"nested": {"path": "c", "query": {"neural": {"c.vec": {"query_text": "dog"}}}}},
            "c.text",
            "dog",
        ),
        ({"hybrid": {"queries": [{"match": {"text": "dog"}}, {"match_all": {}}]}}, "text", "dog"),
        (
            {"hybrid": {"queries": [{"match": {"text": "dog"}}, {"neural": {"vec": {"query_text": "dog"}}}]}},
            "text",
            "dog",
        ),
        ({"wrapper": {"query": base64.b64encode(b'{"match": {"text": "dog"}}').decode()}}, "text", "dog"),
    ],
    ids=["bool", "boosted", "empty", "nested", "nested-keyword", "nested-neural", "hybrid", "hybrid-same", "wrapper"],
)  # fmt: skip
def test_question_composite_gives_its_clauses_texts(query: Any, field: str, text: str | None) -> None:
    assert _question(query, field) == text


def test_question_nested_phrase_fails_for_the_filter_around_it() -> None:
    with pytest.raises(OpenSearchError, match="clauseText"):
        _question({"nested": {"path": "c", "query": {"match": {"title": "no such explanation"}}}}, "c.text")


def test_question_hybrid_texts_stand_in_the_order_of_a_hash_set() -> None:
    texts = ["dog", "cat", "a small bird", "ä"]
    # java.util.HashSet of OpenJDK 17 prints [ä, cat, a small bird, dog] for these
    assert question(Hybrid(tuple(Neural(text) for text in texts)), "text") == "ä cat a small bird dog"


def test_built_bool_clauses_stand_in_the_shards_order() -> None:
    query = {"bool": {"filter": {"match": {"title": "title"}}, "must": {"match": {"text": "dog"}}}}
    found = built(query, lambda leaf: EXPLANATIONS[json.dumps(leaf)])
    assert found == Boolean((Clause("+", Term("text", "dog")), Clause("#", Term("title", "title"))))
