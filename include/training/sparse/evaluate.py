"""What a sparse model finds, how many words it takes, and the vectors for whoever wants to search elsewhere."""

from __future__ import annotations

import dataclasses
import itertools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from ...inference.weighting.model import rows_of, vocabulary_of
from ...inference.weighting.vectors import to_weights
from ..evaluate import BLOCK, DEPTH
from ..hardware import autocast
from ..records import read_records
from .search import top_documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from sentence_transformers import SparseEncoder

    from ..query_sets import QuerySet
    from ..search import Hit

# Padded tokens of one forward pass; a masked-language head makes a number for each of them and each word.
BATCH_TOKENS = {"cpu": 2_048, "cuda": 32_768}


@dataclasses.dataclass(frozen=True)
class Found:
    """What one model found.

    Attributes:
        runs: {set: {query id: hits, best first}}.
        weights: non-zero weights of a document and of a query: {"documents": {"median", "p95"}, "queries": {…}}.
    """

    runs: dict[str, dict[str, list[Hit]]]
    weights: dict[str, dict[str, float]]


def encode_rows(model: SparseEncoder, texts: Sequence[str], is_query: bool, precision: str) -> sparse.csr_matrix:
    """The weights of the texts, one row a text, in the order given; shape (len(texts), vocabulary)."""
    device = model.device.type
    size = max(1, BATCH_TOKENS.get(device, BATCH_TOKENS["cpu"]) // min(model.max_seq_length, 512))
    order = sorted(range(len(texts)), key=lambda index: -len(texts[index]))
    parts = []
    with autocast(precision, device):
        for start in range(0, len(order), size):
            parts.append(rows_of(model, [texts[index] for index in order[start : start + size]], is_query))
    return sparse.vstack(parts, format="csr")[np.argsort(order)]


def search_corpus(
    model: SparseEncoder,
    precision: str,
    corpus: Path,
    sets: Sequence[QuerySet],
    progress: Callable[[int], None],
    vectors: Vectors | None = None,
) -> Found:
    """The best documents of every query, by exact dot product.

    Args:
        model: with a route for each side.
        precision: of the forward passes.
        corpus: folder of `*.jsonl` of {"id", "text"}; streamed, never held whole.
        sets: the queries.
        progress: called with how many documents are done.
        vectors: where the weights of all texts go as well.
    """
    texts = [text for query_set in sets for text in query_set.queries.values()]
    queries = encode_rows(model, texts, True, precision)
    sizes: list[np.ndarray] = []
    blocks = _blocks(model, precision, corpus, progress, sizes, vectors)
    found = iter(top_documents(queries, blocks, DEPTH))
    runs = {query_set.name: {query_id: next(found) for query_id in query_set.queries} for query_set in sets}
    if vectors:
        vectors.write_queries(queries, sets)
    counts = {"documents": np.concatenate(sizes), "queries": np.diff(queries.indptr)}
    return Found(runs, {side: _spread(count) for side, count in counts.items()})


class Vectors:
    """Writes `vectors/documents.{which}.jsonl` and `vectors/{set}.{which}.jsonl` of {"id", "weights"}.

    Args:
        folder: of the vectors.
        which: `base` or `tuned`.
        model: whose vocabulary the columns are.
    """

    def __init__(self, folder: Path, which: str, model: SparseEncoder) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._which = folder, which
        self._vocabulary = vocabulary_of(model)
        self._path("documents").unlink(missing_ok=True)

    def write_documents(self, ids: Sequence[str], rows: sparse.csr_matrix) -> None:
        """Adds a part of the corpus."""
        self._write("documents", ids, rows)

    def write_queries(self, rows: sparse.csr_matrix, sets: Sequence[QuerySet]) -> None:
        """Writes the sets, whose queries stand one after another in `rows`."""
        start = 0
        for query_set in sets:
            self._path(query_set.name).unlink(missing_ok=True)
            self._write(query_set.name, list(query_set.queries), rows[start : start + len(query_set.queries)])
            start += len(query_set.queries)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.{self._which}.jsonl"

    def _write(self, name: str, ids: Sequence[str], rows: sparse.csr_matrix) -> None:
        with self._path(name).open("a", encoding="utf-8") as file:
            for identifier, weights in zip(ids, to_weights(rows, self._vocabulary), strict=True):
                file.write(json.dumps({"id": identifier, "weights": weights}, ensure_ascii=False) + "\n")


def _blocks(
    model: SparseEncoder,
    precision: str,
    corpus: Path,
    progress: Callable[[int], None],
    sizes: list[np.ndarray],
    vectors: Vectors | None,
) -> Iterator[tuple[list[str], sparse.csr_matrix]]:
    records = read_records(corpus, ("id", "text"))
    done = 0
    while block := list(itertools.islice(records, BLOCK.get(model.device.type, BLOCK["cpu"]))):
        ids = [record["id"] for record in block]
        rows = encode_rows(model, [record["text"] for record in block], False, precision)
        sizes.append(np.diff(rows.indptr))
        if vectors:
            vectors.write_documents(ids, rows)
        yield ids, rows
        done += len(block)
        progress(done)


def _spread(counts: np.ndarray) -> dict[str, Any]:
    return {"median": float(np.median(counts)), "p95": float(np.percentile(counts, 95))}
