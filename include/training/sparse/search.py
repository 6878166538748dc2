"""Exact search by the dot product of sparse vectors, through a corpus that is never held in memory whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..search import QUERY_BLOCK, Hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from scipy import sparse


def top_documents(
    queries: sparse.csr_matrix, blocks: Iterable[tuple[Sequence[str], sparse.csr_matrix]], depth: int
) -> list[list[Hit]]:
    """The `depth` documents with the largest dot product, best first; equal scores in the order of the ids.

    Args:
        queries: shape (queries, vocabulary).
        blocks: the corpus in parts: ids, and weights of shape (documents, vocabulary).
        depth: documents a query.

    Returns:
        A list a query; a document that shares no word with the query is in none.
    """
    best: list[list[Hit]] = [[] for _ in range(queries.shape[0])]
    for ids, documents in blocks:
        transposed = documents.T.tocsc()
        for start in range(0, queries.shape[0], QUERY_BLOCK):
            scores = (queries[start : start + QUERY_BLOCK] @ transposed).toarray()
            for row, found in enumerate(scores, start=start):
                best[row] = _merge(best[row], found, ids, depth)
    return best


def _merge(held: list[Hit], scores: np.ndarray, ids: Sequence[str], depth: int) -> list[Hit]:
    columns = np.argpartition(scores, -depth)[-depth:] if len(scores) > depth else np.arange(len(scores))
    found = [Hit(ids[column], float(scores[column])) for column in columns if scores[column] > 0]
    return sorted(held + found, key=lambda hit: (-hit.score, hit.document_id))[:depth]
