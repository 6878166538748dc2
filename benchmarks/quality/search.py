"""BM25 as OpenSearch computes it, in a server of the benchmark's own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from opensearchpy import OpenSearch

from benchmarks.services import PROJECT, running
from include.evaluation.bm25 import create_index, delete_index, fill_index, search_bm25

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from include.corpus.document import Document
    from include.evaluation.metrics import Run

INDEX = "bench-quality"


@contextlib.contextmanager
def running_opensearch() -> Iterator[OpenSearch]:
    """Start the server, and remove it in the end."""
    with running(PROJECT / ".local" / "bench-quality" / "stack", "opensearch") as urls:
        yield OpenSearch(hosts=[urls["opensearch"]], timeout=120)


@contextlib.contextmanager
def indexed(client: OpenSearch, documents: Sequence[Document]) -> Iterator[str]:
    """A temporary index of the documents, with the English analyzer; its name."""
    create_index(client, INDEX)
    try:
        fill_index(client, INDEX, documents)
        yield INDEX
    finally:
        delete_index(client, INDEX)


def bm25_run(client: OpenSearch, index: str, queries: Mapping[str, str]) -> Run:
    """What BM25 finds for the queries, best first, 100 deep."""
    return search_bm25(client, index, dict(queries))
