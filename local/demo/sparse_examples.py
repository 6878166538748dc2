"""Three searches through OpenSearch, BM25 against the sparse model, as a user would send them: no model is named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensearchpy.helpers import bulk
from rich.progress import track

from include.registry.pipelines import embedded_field
from include.report.usage import field_mapping, search_body
from local.demo.examples import BATCH, HITS, INDEX, Example

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensearchpy import OpenSearch

FIELD = "text"


def search_sparse(
    client: OpenSearch,
    pipeline: str,
    documents: dict[str, str],
    queries: Sequence[tuple[str, str, frozenset[str]]],
) -> list[Example]:
    """Index all documents through the ingest pipeline, then search with `match` and with `neural_sparse`.

    Args:
        client: of the cluster in which the model is deployed.
        pipeline: name of the run's ingest and search pipelines.
        documents: text by id.
        queries: text, reason and relevant document ids of each.
    """
    _index(client, pipeline, documents)
    examples = []
    for query, why, relevant in queries:
        bodies = {
            "BM25": {"size": HITS, "query": {"match": {FIELD: query}}},
            "tuned model": search_body("sparse", FIELD, query, HITS),
        }
        hits = {name: _search(client, body, relevant) for name, body in bodies.items()}
        examples.append(Example(query, why, hits))
    return examples


def _index(client: OpenSearch, pipeline: str, documents: dict[str, str]) -> None:
    client.indices.delete(index=INDEX, params={"ignore_unavailable": "true"})
    settings = {
        "index.default_pipeline": pipeline,
        "index.search.default_pipeline": pipeline,
        "number_of_shards": 1,
        "number_of_replicas": 0,
    }
    properties = {
        FIELD: {"type": "text", "analyzer": "english"},
        embedded_field(FIELD, "sparse"): field_mapping("sparse", None),
    }
    client.indices.create(index=INDEX, body={"settings": settings, "mappings": {"properties": properties}})
    ids = list(documents)
    for start in track(range(0, len(ids), BATCH), "  weighing words"):
        page = ids[start : start + BATCH]
        bulk(client, ({"_index": INDEX, "_id": name, FIELD: documents[name]} for name in page))
    client.indices.refresh(index=INDEX)


def _search(client: OpenSearch, body: dict[str, Any], relevant: frozenset[str]) -> list[tuple[str, bool]]:
    found = client.search(index=INDEX, body=body)["hits"]["hits"]
    return [(hit["_id"], hit["_id"] in relevant) for hit in found]
