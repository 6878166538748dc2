"""Base and tuned model in the engine itself: their vectors in a temporary index, searched as they will be in use."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, Any

from include.errors import RetryableError, TerminalError
from include.evaluation.bm25 import DEPTH, delete_index
from include.evaluation.vectors import MODELS
from include.retryable import RETRYABLE_STATUS

if TYPE_CHECKING:
    from opensearchpy import OpenSearch

    from include.evaluation.metrics import Run
    from include.evaluation.vectors import Vectors

# A request of 200 documents with 768 dimensions of two models has about 3 MB; OpenSearch takes 100.
DOCUMENTS_A_REQUEST = 200
BYTES_A_REQUEST = 10 * 1024**2
SEARCHES_A_REQUEST = 50


def index_name_of(run_name: str) -> str:
    """Name of the temporary index of a run."""
    return f"{run_name}-evaluation"


def create_vector_index(client: OpenSearch, index: str, vectors: Vectors) -> None:
    """An empty index with a field for each model, replacing one that an earlier try left."""
    delete_index(client, index)
    client.indices.create(index=index, body=_index_body(vectors))


def fill_vector_index(client: OpenSearch, index: str, vectors: Vectors) -> int:
    """Index the documents' vectors; returns how many. They are searchable afterwards."""
    from opensearchpy.helpers import streaming_bulk

    actions = ({"_index": index, "_id": name, **fields} for name, fields in vectors.documents())
    indexed = 0
    for _ in streaming_bulk(
        client, actions, chunk_size=DOCUMENTS_A_REQUEST, max_chunk_bytes=BYTES_A_REQUEST, max_retries=3
    ):
        indexed += 1
    client.indices.refresh(index=index)
    return indexed


def search_vectors(client: OpenSearch, index: str, vectors: Vectors, query_set: str, system: str) -> Run:
    """The best documents of each query of a set by one model, at most 100, with the engine's scores.

    Raises:
        RetryableError: the cluster could not answer one of them now.
        TerminalError: it cannot answer one of them.
    """
    run: Run = {}
    queries = ((name, _query(system, vector, vectors.sparse)) for name, vector in vectors.queries(query_set, system))
    while chunk := list(islice(queries, SEARCHES_A_REQUEST)):
        run |= _searched(client, index, chunk)
    return run


def _searched(client: OpenSearch, index: str, queries: list[tuple[str, dict[str, Any]]]) -> Run:
    names, bodies = zip(*queries, strict=True)
    lines = (line for body in bodies for line in ({}, {"size": DEPTH, "_source": False, "query": body}))
    answers = client.msearch(index=index, body="".join(json.dumps(line) + "\n" for line in lines))["responses"]
    for answer in answers:
        if "error" in answer:
            error = RetryableError if answer["status"] in RETRYABLE_STATUS else TerminalError
            raise error(f"A search by vectors in {index} failed: {answer['error']['reason']}")
    return {
        name: {hit["_id"]: hit["_score"] for hit in answer["hits"]["hits"]}
        for name, answer in zip(names, answers, strict=True)
    }


def _query(system: str, vector: Any, sparse: bool) -> dict[str, Any]:
    if not sparse:
        return {"knn": {system: {"vector": vector, "k": DEPTH}}}
    return {"neural_sparse": {system: {"query_tokens": vector}}} if vector else {"match_none": {}}


def _index_body(vectors: Vectors) -> dict[str, Any]:
    """The engine `lucene` is in every k-NN plugin, the one of Amazon OpenSearch Service too."""
    settings = {"number_of_shards": 1, "number_of_replicas": 0, "refresh_interval": "-1"}
    method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
    if vectors.sparse:
        fields: dict[str, Any] = {system: {"type": "rank_features"} for system in MODELS}
    else:
        settings["knn"] = True
        fields = {
            system: {"type": "knn_vector", "dimension": dimension, "method": method}
            for system, dimension in vectors.dimensions().items()
        }
    # The vectors are searched, never shown.
    return {"settings": settings, "mappings": {"dynamic": False, "_source": {"enabled": False}, "properties": fields}}
