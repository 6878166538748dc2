"""BM25 in the engine itself: the corpus in a temporary index, searched with the queries of a set."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from include.errors import RetryableError, TerminalError
from include.retryable import RETRYABLE_STATUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from opensearchpy import OpenSearch

    from include.corpus.document import Document
    from include.evaluation.metrics import Run

log = logging.getLogger(__name__)

ANALYZER = "english"
FALLBACK_ANALYZER = "standard"
DEPTH = 100
HITS_A_REQUEST = 10_000
# A search takes 1,024 words (indices.query.bool.max_clause_count), and a word may be one character.
MAX_QUERY_CHARACTERS = 1_000


def index_name_of(run_name: str) -> str:
    """Name of the temporary index of a run."""
    return f"{run_name}-bm25"


def create_index(client: OpenSearch, index: str) -> str:
    """An empty index for the texts, replacing one that an earlier try left; returns the name of its analyzer.

    The stemming English analyzer is used where the cluster has it, the standard one elsewhere.
    """
    from opensearchpy.exceptions import RequestError

    for analyzer in (ANALYZER, FALLBACK_ANALYZER):
        delete_index(client, index)
        try:
            client.indices.create(index=index, body=_index_body(analyzer))
        except RequestError as error:
            if analyzer == FALLBACK_ANALYZER or f"[{analyzer}]" not in str(error):
                raise
            log.warning("The cluster has no analyzer %r; BM25 is measured without stemming.", analyzer)
        else:
            return analyzer
    raise AssertionError("the loop returns or raises")


def fill_index(client: OpenSearch, index: str, documents: Iterable[Document]) -> int:
    """Index the documents; returns how many. They are searchable afterwards."""
    from opensearchpy.helpers import bulk

    actions = ({"_index": index, "_id": document.id, "text": document.text} for document in documents)
    indexed, _ = bulk(client, actions, chunk_size=500, max_retries=3)
    client.indices.refresh(index=index)
    return int(indexed)


def delete_index(client: OpenSearch, index: str) -> None:
    """Remove the index, if it is there."""
    client.indices.delete(index=index, params={"ignore_unavailable": "true"})


def search_bm25(client: OpenSearch, index: str, queries: dict[str, str], depth: int = DEPTH) -> Run:
    """The best documents of each query, best first, with their BM25 scores.

    Args:
        client: of the cluster.
        index: from `fill_index`.
        queries: by name; sent so many at a time that an answer has about 10,000 hits.
        depth: documents of a query.

    Raises:
        RetryableError: the cluster could not answer one of them now.
        TerminalError: it cannot answer one of them.
    """
    run: Run = {}
    for names in _chunks(list(queries), max(1, HITS_A_REQUEST // depth)):
        lines = (line for name in names for line in ({}, _search_body(queries[name], depth)))
        body = "".join(json.dumps(line) + "\n" for line in lines)
        answers = client.msearch(index=index, body=body)["responses"]
        for name, answer in zip(names, answers, strict=True):
            if "error" in answer:
                error = RetryableError if answer["status"] in RETRYABLE_STATUS else TerminalError
                raise error(f"BM25 cannot search for the query {name}: {answer['error']['type']} ({answer['status']})")
            run[name] = {hit["_id"]: hit["_score"] for hit in answer["hits"]["hits"]}
    return run


def _index_body(analyzer: str) -> dict[str, Any]:
    return {
        "settings": {"number_of_shards": 1, "number_of_replicas": 0},
        "mappings": {"dynamic": False, "properties": {"text": {"type": "text", "analyzer": analyzer}}},
    }


def _search_body(query: str, depth: int) -> dict[str, Any]:
    return {"size": depth, "_source": False, "query": {"match": {"text": query[:MAX_QUERY_CHARACTERS]}}}


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
