"""Rows of weights, one column a word of the vocabulary, as what OpenSearch stores and asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch

Weights = dict[str, float]

# `neural_sparse` takes weights in (0, 64].
LARGEST_WEIGHT = 64.0
# What is smaller moves no document, and would only make the index larger.
SMALLEST_WEIGHT = 0.01
DECIMALS = 4


def to_rows(weights: torch.Tensor) -> sparse.csr_matrix:
    """The weights that are kept: at least `SMALLEST_WEIGHT`, at most `LARGEST_WEIGHT`, rounded.

    Args:
        weights: shape (texts, vocabulary), dense.

    Returns:
        float32, of the same shape.
    """
    kept = weights.detach().float().clamp(max=LARGEST_WEIGHT).cpu().numpy()
    rows = sparse.csr_matrix(np.where(kept >= SMALLEST_WEIGHT, kept, 0.0))
    rows.data = rows.data.round(DECIMALS)
    return rows


def to_weights(rows: sparse.csr_matrix, vocabulary: Sequence[str]) -> list[Weights]:
    """`{token: weight}` a row, the largest weight first; weights in (0, 64].

    Args:
        rows: as `to_rows` makes them.
        vocabulary: the token of each column.
    """
    return [_weights(rows, row, vocabulary) for row in range(rows.shape[0])]


def _weights(rows: sparse.csr_matrix, row: int, vocabulary: Sequence[str]) -> Weights:
    start, end = rows.indptr[row], rows.indptr[row + 1]
    columns, values = rows.indices[start:end], rows.data[start:end].astype(float)
    order = np.lexsort((columns, -values))
    return {vocabulary[columns[place]]: round(float(values[place]), DECIMALS) for place in order}
