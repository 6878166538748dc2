"""How a deployed model is used: the requests that a reader can copy."""

from __future__ import annotations

import json
from typing import Any

from include.registry.pipelines import document_with, embedded_field

ASKED = "what you look for"


def usage(report: dict[str, Any]) -> str:
    """The requests to OpenSearch: for a highlighter a search, else an index, a document and a search.

    Args:
        report: the content of `report.json`.
    """
    kind, field = report["settings"]["model"]["model_type"], report["settings"]["corpus"]["text_field"]
    registration = report["registration"]
    if kind == "highlighter":
        highlight = {"fields": {field: {"type": "semantic"}}, "options": {"model_id": registration["model_id"]}}
        return _shown({"query": {"match": {field: ASKED}}, "highlight": highlight})
    index = f"{report['model_name']}-index"
    pipelines = [registration.get(name) or report["name"] for name in ("ingest_pipeline", "search_pipeline")]
    return "\n\n".join(
        [
            f"PUT /{index}\n{_shown(_index(report, kind, field, *pipelines))}",
            f'POST /{index}/_bulk\n{{"index": {{"_id": "1"}}}}\n{json.dumps(document_with(field, "a document"))}',
            f"GET /{index}/_search\n{_shown(search_body(kind, field))}",
        ]
    )


def search_body(kind: str, text_field: str, query: str = ASKED, hits: int = 10) -> dict[str, Any]:
    """A search without a model's id, which the search pipeline fills in.

    Args:
        kind: `dense` or `sparse`.
        text_field: that the ingest pipeline embeds.
        query: what is looked for.
        hits: documents wanted.
    """
    field, excluded = embedded_field(text_field, kind), {"_source": {"excludes": [embedded_field(text_field, kind)]}}
    if kind == "sparse":
        return {"size": hits, **excluded, "query": {"neural_sparse": {field: {"query_text": query}}}}
    return {"size": hits, **excluded, "query": {"neural": {field: {"query_text": query, "k": hits}}}}


def field_mapping(kind: str, dimension: int | None) -> dict[str, Any]:
    """Mapping of the embedded field.

    Args:
        kind: `dense` or `sparse`.
        dimension: of a dense model's vectors.
    """
    if kind == "sparse":
        return {"type": "rank_features"}
    method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
    return {"type": "knn_vector", "dimension": dimension, "method": method}


def _index(report: dict[str, Any], kind: str, field: str, ingest: str, search: str) -> dict[str, Any]:
    settings = {"index.default_pipeline": ingest, "index.search.default_pipeline": search}
    dimension = report["training"].get("embedding_dimension")
    properties = {field: {"type": "text"}, embedded_field(field, kind): field_mapping(kind, dimension)}
    return {
        "settings": settings if kind == "sparse" else {"index.knn": True, **settings},
        "mappings": {"properties": properties},
    }


def _shown(body: dict[str, Any]) -> str:
    return json.dumps(body, indent=2)
