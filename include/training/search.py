"""Exact nearest neighbours of a corpus that is never held in memory whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

QUERY_BLOCK = 1_024


class Hit(NamedTuple):
    """A document found, and its cosine with the query."""

    document_id: str
    score: float


def top_documents(
    queries: np.ndarray, blocks: Iterable[tuple[Sequence[str], np.ndarray]], depth: int
) -> list[list[Hit]]:
    """The `depth` documents nearest to each query, best first; equal scores in the order of the ids.

    Args:
        queries: unit-length rows, shape (queries, dimension).
        blocks: the corpus in parts: ids and unit-length rows, shape (documents, dimension).
        depth: documents a query.

    Returns:
        A list a query; shorter than `depth` only where the corpus is.
    """
    best: list[list[Hit]] = [[] for _ in range(len(queries))]
    for ids, documents in blocks:
        for start in range(0, len(queries), QUERY_BLOCK):
            scores = queries[start : start + QUERY_BLOCK] @ documents.T
            for row, hits in enumerate(_best_of_block(scores, ids, depth), start=start):
                best[row] = _merge(best[row], hits, depth)
    return best


def _best_of_block(scores: np.ndarray, ids: Sequence[str], depth: int) -> Iterable[list[Hit]]:
    if scores.shape[1] > depth:
        columns = np.argpartition(scores, -depth, axis=1)[:, -depth:]
    else:
        columns = np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    for row, kept in zip(scores, columns, strict=True):
        yield [Hit(ids[column], float(row[column])) for column in kept]


def _merge(held: list[Hit], found: list[Hit], depth: int) -> list[Hit]:
    return sorted(held + found, key=lambda hit: (-hit.score, hit.document_id))[:depth]
