"""The two pipelines by which nobody has to name a model: one embeds documents, one queries."""

from __future__ import annotations

from typing import Any

PROCESSORS = {"dense": "text_embedding", "sparse": "sparse_encoding"}
SUFFIXES = {"dense": "embedding", "sparse": "sparse"}
# Documents of one bulk request that go to the endpoint together.
BATCH = 32


def embedded_field(text_field: str, model_type: str) -> str:
    """Field that holds what the model makes of the text: `{text_field}_embedding`, or `_sparse` for a sparse model."""
    return f"{text_field}_{SUFFIXES[model_type]}"


def ingest_pipeline(model_id: str, text_field: str, model_type: str) -> dict[str, Any]:
    """Body of the ingest pipeline that embeds `text_field` of each document.

    Args:
        model_id: of the model for documents.
        text_field: may be a dotted path; the embedding stands beside it.
        model_type: `dense` or `sparse`.
    """
    *parents, name = text_field.split(".")
    field_map: dict[str, Any] = {name: embedded_field(name, model_type)}
    for parent in reversed(parents):
        field_map = {parent: field_map}
    processor = {"model_id": model_id, "field_map": field_map, "batch_size": BATCH}
    return {
        "description": f"Embeds {text_field} into {embedded_field(text_field, model_type)}",
        "processors": [{PROCESSORS[model_type]: processor}],
    }


def search_pipeline(query_model_id: str) -> dict[str, Any]:
    """Body of the search pipeline that gives `neural` and `neural_sparse` queries their model.

    Args:
        query_model_id: of the model for queries.
    """
    return {
        "description": "Embeds queries with the model for queries",
        "request_processors": [{"neural_query_enricher": {"default_model_id": query_model_id}}],
    }


def document_with(text_field: str, text: str) -> dict[str, Any]:
    """A document that has the text in that field."""
    document: Any = text
    for name in reversed(text_field.split(".")):
        document = {name: document}
    return dict(document)


def value_at(document: Any, path: str) -> Any:
    """What the document holds at a dotted path; None if nothing."""
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document
