"""What a model finds: the runs of every query set over the evaluation corpus."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from .encode import encode
from .prompts import QUERY
from .records import read_records
from .search import Hit, top_documents
from .vectors import READ_ROWS, VectorFile, write_vectors

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from sentence_transformers import SentenceTransformer

    from .query_sets import QuerySet

DEPTH = 100
# Documents read, sorted by length and encoded at a time: bounds the memory, and logs progress.
BLOCK = {"cpu": 640, "cuda": 16_384}
Progress = Callable[[int], None]


def encode_corpus(
    model: SentenceTransformer, precision: str, corpus: Path, documents: int, path: Path, progress: Progress
) -> VectorFile:
    """Encodes the corpus once, into a file: what searches it, mines in it and is left for OpenSearch reads that.

    Args:
        model: encodes, with the prompt for documents.
        precision: of the forward passes.
        corpus: folder of `*.jsonl` of {"id", "text"}; streamed, never held whole.
        documents: how many there are.
        path: of the file.
        progress: called with how many documents are done.
    """
    blocks = _encoded(model, precision, corpus, progress)
    return write_vectors(path, documents, int(model.get_embedding_dimension() or 0), blocks)


def search_corpus(queries: dict[str, np.ndarray], sets: Sequence[QuerySet], corpus: Path, vectors: VectorFile) -> Runs:
    """The best documents of every query, by exact cosine: {set: {query id: hits, best first}}.

    Args:
        queries: the queries' vectors by set.
        sets: whose ids they are.
        corpus: the documents' ids, in the order of `vectors`.
        vectors: of the documents.
    """
    runs: Runs = {}
    for query_set in sets:
        blocks = zip(_ids(corpus), vectors.blocks(), strict=True)
        hits = top_documents(queries[query_set.name], blocks, DEPTH)
        runs[query_set.name] = dict(zip(query_set.queries, hits, strict=True))
    return runs


def encode_queries(model: SentenceTransformer, precision: str, sets: Sequence[QuerySet]) -> dict[str, np.ndarray]:
    """The queries' vectors by set, in the order of their ids, with the prompt for queries."""
    return {each.name: encode(model, list(each.queries.values()), precision, QUERY) for each in sets}


def count_documents(corpus: Path) -> int:
    """Documents in the evaluation corpus, each line checked."""
    return sum(1 for _ in read_records(corpus, ("id", "text")))


def _ids(corpus: Path) -> Iterator[list[str]]:
    ids = (record["id"] for record in read_records(corpus, ("id", "text")))
    while block := list(itertools.islice(ids, READ_ROWS)):
        yield block


def _encoded(model: SentenceTransformer, precision: str, corpus: Path, progress: Progress) -> Iterator[np.ndarray]:
    texts = (record["text"] for record in read_records(corpus, ("id", "text")))
    size = BLOCK.get(model.device.type, BLOCK["cpu"])
    done = 0
    while block := list(itertools.islice(texts, size)):
        yield encode(model, block, precision)
        done += len(block)
        progress(done)


Runs = dict[str, dict[str, list[Hit]]]
