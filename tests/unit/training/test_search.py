from __future__ import annotations

from typing import TYPE_CHECKING

import ir_measures
import numpy as np

from include.training.search import Hit, top_documents
from include.training.trec import write_run

if TYPE_CHECKING:
    from pathlib import Path


def unit_rows(rows: int, seed: int) -> np.ndarray:
    vectors = np.random.default_rng(seed).standard_normal((rows, 16)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def blocks(vectors: np.ndarray, size: int) -> list[tuple[list[str], np.ndarray]]:
    return [
        ([f"d{n:04}" for n in range(start, min(start + size, len(vectors)))], vectors[start : start + size])
        for start in range(0, len(vectors), size)
    ]


def test_top_documents_in_blocks_are_those_of_an_exhaustive_search() -> None:
    queries, corpus = unit_rows(1_100, 1), unit_rows(700, 2)
    best = np.argsort(-(queries @ corpus.T), axis=1)[:, :10]
    found = top_documents(queries, blocks(corpus, 64), 10)
    assert [[hit.document_id for hit in hits] for hits in found] == [[f"d{n:04}" for n in row] for row in best]


def test_top_documents_block_size_changes_nothing() -> None:
    queries, corpus = unit_rows(5, 3), unit_rows(100, 4)
    by_size = [
        [[h.document_id for h in hits] for hits in top_documents(queries, blocks(corpus, n), 7)] for n in (1, 9, 100)
    ]
    assert by_size[0] == by_size[1] == by_size[2]


def test_top_documents_equal_scores_come_in_the_order_of_the_ids() -> None:
    query = np.array([[1.0, 0.0]], dtype=np.float32)
    same = np.array([[1.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    (hits,) = top_documents(query, [(["b", "a"], same), (["aa", "c"], same)], 3)
    assert [hit.document_id for hit in hits] == ["a", "aa", "b"]


def test_top_documents_small_corpus_gives_what_there_is() -> None:
    assert [len(hits) for hits in top_documents(unit_rows(2, 5), blocks(unit_rows(3, 6), 2), 100)] == [3, 3]


def test_run_is_read_back_by_ir_measures(tmp_path: Path) -> None:
    path = tmp_path / "runs" / "judged.base.trec"
    write_run(path, {"q1": [Hit("d2", 0.75), Hit("d1", 0.5)], "q2": []}, tag="base")
    assert path.read_text(encoding="utf-8").splitlines()[0] == "q1 Q0 d2 1 0.75000000 base"
    read = [tuple(each) for each in ir_measures.read_trec_run(str(path))]
    assert read == [("q1", "d2", 0.75), ("q1", "d1", 0.5)]


def test_run_ids_with_blanks_are_percent_encoded(tmp_path: Path) -> None:
    write_run(tmp_path / "run", {"a query": [Hit("100% of\tit", 1.0)]}, tag="base")
    assert (tmp_path / "run").read_text(encoding="utf-8") == "a%20query Q0 100%25%20of%09it 1 1.00000000 base\n"
