from __future__ import annotations

import numpy as np

from include.training.neighbours import nearest, ranks


def unit_rows(count: int, seed: int, dimension: int = 6) -> np.ndarray:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def blocks(rows: np.ndarray, size: int) -> list[np.ndarray]:
    return [rows[start : start + size] for start in range(0, len(rows), size)]


def test_ranks_are_those_of_an_exhaustive_search() -> None:
    queries, corpus = unit_rows(20, 1), unit_rows(300, 2)
    own = np.arange(20) * 7
    order = np.argsort(-(queries @ corpus.T), axis=1)
    expected = [int(np.flatnonzero(order[row] == own[row])[0]) + 1 for row in range(20)]
    assert ranks(queries, corpus[own], blocks(corpus, 64)).tolist() == expected


def test_ranks_copies_of_its_own_document_do_not_push_it_back() -> None:
    queries, corpus = unit_rows(1, 1), unit_rows(5, 2)
    own = corpus[[int(np.argmax(queries @ corpus.T))]]
    assert ranks(queries, own, [np.vstack([own, own, corpus])]).tolist() == [1]


def test_nearest_in_blocks_are_those_of_an_exhaustive_search() -> None:
    queries, corpus = unit_rows(20, 3), unit_rows(300, 4)
    expected = np.argsort(-(queries @ corpus.T), axis=1)[:, :10]
    for size in (7, 64, 1_000):
        assert nearest(queries, blocks(corpus, size), 10).tolist() == expected.tolist()


def test_nearest_of_equal_ones_are_the_first() -> None:
    row = unit_rows(1, 5)
    assert nearest(row, [np.repeat(row, 3, axis=0), np.repeat(row, 3, axis=0)], 3).tolist() == [[0, 1, 2]]


def test_nearest_small_corpus_gives_what_there_is() -> None:
    assert nearest(unit_rows(2, 5), [unit_rows(3, 6)], 10).shape == (2, 3)
