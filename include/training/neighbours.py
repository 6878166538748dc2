"""What the base model finds for the pairs' queries: the rank of each pair's document, and what is near."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

# Equal texts have slightly different vectors, by the padding of their batch.
SAME = 1e-5


def ranks(queries: np.ndarray, own: np.ndarray, blocks: Iterable[np.ndarray]) -> np.ndarray:
    """The place, from 1, at which each query finds its own document: how many are nearer, and one.

    Args:
        queries: unit-length rows, shape (queries, dimension).
        own: unit-length rows of the documents that the queries are paired with, of the same shape.
        blocks: the corpus in parts: unit-length rows, shape (documents, dimension).

    Returns:
        int64, shape (queries,). Documents as near as its own, within `SAME`, do not count.
    """
    limit = np.sum(queries * own, axis=1) + SAME
    nearer = np.zeros(len(queries), dtype=np.int64)
    for block in blocks:
        nearer += np.sum(queries @ block.T > limit[:, None], axis=1)
    return nearer + 1


def nearest(queries: np.ndarray, blocks: Iterable[np.ndarray], depth: int) -> np.ndarray:
    """The numbers of the rows nearest to each query, best first; of equal ones the first.

    Args:
        queries: unit-length rows, shape (queries, dimension).
        blocks: rows in parts, numbered as they come.
        depth: how many; fewer where there are fewer rows.

    Returns:
        int64, shape (queries, at most depth).
    """
    numbers = np.empty((len(queries), 0), dtype=np.int64)
    scores = np.empty((len(queries), 0), dtype=np.float32)
    start = 0
    for block in blocks:
        here = np.broadcast_to(np.arange(start, start + len(block)), (len(queries), len(block)))
        numbers, scores = _best(
            np.concatenate([numbers, here], axis=1), np.concatenate([scores, queries @ block.T], axis=1), depth
        )
        start += len(block)
    return numbers


def _best(numbers: np.ndarray, scores: np.ndarray, depth: int) -> tuple[np.ndarray, np.ndarray]:
    if scores.shape[1] > depth:
        kept = np.argpartition(-scores, depth - 1, axis=1)[:, :depth]
        numbers, scores = np.take_along_axis(numbers, kept, 1), np.take_along_axis(scores, kept, 1)
    order = np.lexsort((numbers, -scores), axis=1)
    return np.take_along_axis(numbers, order, 1), np.take_along_axis(scores, order, 1)
