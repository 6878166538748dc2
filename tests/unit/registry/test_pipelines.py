"""The pipelines by which nobody has to name a model."""

from __future__ import annotations

from typing import Any

import pytest

from include.registry.pipelines import document_with, embedded_field, ingest_pipeline, search_pipeline, value_at
from include.registry.sides import query_name, sides_differ


@pytest.mark.parametrize(
    ("model_type", "processor", "field"),
    [
        pytest.param("dense", "text_embedding", "text_embedding", id="dense"),
        pytest.param("sparse", "sparse_encoding", "text_sparse", id="sparse"),
    ],
)
def test_ingest_pipeline_embeds_the_text_field(model_type: str, processor: str, field: str) -> None:
    (found,) = ingest_pipeline("m1", "text", model_type)["processors"]

    assert found[processor]["model_id"] == "m1"
    assert found[processor]["field_map"] == {"text": field}
    assert embedded_field("text", model_type) == field


def test_ingest_pipeline_of_an_inner_field_puts_the_embedding_beside_it() -> None:
    (found,) = ingest_pipeline("m1", "content.body", "sparse")["processors"]

    assert found["sparse_encoding"]["field_map"] == {"content": {"body": "body_sparse"}}
    assert embedded_field("content.body", "sparse") == "content.body_sparse"


def test_search_pipeline_names_the_model_for_queries() -> None:
    assert search_pipeline("m2")["request_processors"] == [{"neural_query_enricher": {"default_model_id": "m2"}}]


@pytest.mark.parametrize("field", ["text", "content.body"])
def test_value_at_is_what_document_with_put_there(field: str) -> None:
    document = document_with(field, "a text")

    assert value_at(document, field) == "a text"
    assert value_at(document, f"{field}_sparse") is None
    assert value_at(document, "text.body.more") is None


@pytest.mark.parametrize(
    ("training", "differ"),
    [
        pytest.param({}, False, id="symmetric-before-there-were-prefixes"),
        pytest.param({"query_prefix": "", "document_prefix": ""}, False, id="no-prefixes"),
        pytest.param({"query_prefix": "query: ", "document_prefix": ""}, True, id="query-prefix"),
        pytest.param({"query_prefix": "", "document_prefix": "passage: "}, True, id="document-prefix"),
        pytest.param({"sparse_mode": "doc-only"}, True, id="sparse-doc-only"),
        pytest.param({"sparse_mode": "bi-encoder"}, False, id="sparse-bi-encoder"),
    ],
)
def test_sides_differ(training: dict[str, Any], differ: bool) -> None:
    assert sides_differ(training) is differ


def test_query_name_stands_beside_the_models() -> None:
    assert query_name("model-run") == "model-run-query"
