"""BM25 as OpenSearch computes it, in a server of the benchmark's own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from opensearchpy import OpenSearch

from include.evaluation.bm25 import create_index, delete_index, fill_index, search_bm25

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from include.corpus.document import Document
    from include.evaluation.metrics import Run

PROJECT = Path(__file__).parents[2]
INDEX = "bench-quality"


@contextlib.contextmanager
def running_opensearch() -> Iterator[OpenSearch]:
    """Start the server, and remove it in the end."""
    directory = PROJECT / ".local" / "bench-quality" / "stack"
    cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
    environment = {**os.environ, "LOCAL_DIR": str(directory), "LOCAL_CACHE": cache}

    def run(*arguments: str) -> None:
        command = [sys.executable, "-m", "local", *arguments]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)

    try:
        run("up", "opensearch")
        url = json.loads((directory / "stack.json").read_text("utf-8"))["services"]["opensearch"]["url"]
        yield OpenSearch(hosts=[url], timeout=120)
    finally:
        run("down", "--purge")


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
