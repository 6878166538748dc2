from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from include.training.candidates import read_candidates
from include.training.errors import TrainingError
from include.training.examples import build_columns
from include.training.pairs import Pair, read_pairs
from include.training.trained_documents import find_trained, trained_vectors
from include.training.vectors import write_vectors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PAIRS = [Pair("q1", "one"), Pair("q2", "two", "b"), Pair("q3", "one"), Pair("q4", "elsewhere", "z")]
CORPUS = [("x", "held out"), ("a", "one"), ("b", "two"), ("c", "one")]


def write(folder: Path, records: Sequence[Mapping[str, object]]) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "a.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return folder


def corpus(folder: Path) -> Path:
    return write(folder / "corpus", [{"id": name, "text": text} for name, text in CORPUS])


def test_find_trained_numbers_distinct_documents_and_finds_them_by_text_and_id(tmp_path: Path) -> None:
    found = find_trained(PAIRS, corpus(tmp_path))
    assert found.texts == ["one", "two", "elsewhere"]
    assert found.of_pair.tolist() == [0, 1, 0, 2]
    assert found.by_id == {"a": 0, "b": 1, "c": 0, "z": 2}
    assert found.rows.tolist() == [3, 2, -1]


def test_find_trained_documents_that_are_not_trained_on_have_no_number(tmp_path: Path) -> None:
    assert "x" not in find_trained(PAIRS, corpus(tmp_path)).by_id


def test_trained_vectors_are_the_corpus_own_and_encoded_only_where_it_has_none(tmp_path: Path) -> None:
    rows = np.arange(8, dtype=np.float32).reshape(4, 2)
    vectors = write_vectors(tmp_path / "corpus.npy", 4, 2, [rows[:3], rows[3:]])
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> np.ndarray:
        asked.extend(texts)
        return np.full((len(texts), 2), 9, dtype=np.float32)

    found = trained_vectors(find_trained(PAIRS, corpus(tmp_path)), vectors, encode, tmp_path / "trained.npy", 2)
    assert found.take(slice(None)).tolist() == [[6, 7], [4, 5], [9, 9]]
    assert asked == ["elsewhere"]


def test_vector_file_reads_back_what_was_written_in_blocks_of_any_size(tmp_path: Path) -> None:
    rows = np.random.default_rng(1).normal(size=(10, 3)).astype(np.float32)
    vectors = write_vectors(tmp_path / "v.npy", 10, 3, [rows[:4], rows[4:]])
    assert np.array_equal(np.load(vectors.path), rows)
    assert np.array_equal(np.vstack(list(vectors.blocks(3))), rows)
    assert np.array_equal(vectors.take(np.array([7, 0])), rows[[7, 0]])


def test_write_vectors_other_number_of_rows_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="1 rows for v"):
        write_vectors(tmp_path / "v.npy", 2, 3, [np.zeros((1, 3), dtype=np.float32)])


def test_read_candidates_keeps_rank_and_the_hits_that_are_trained_on(tmp_path: Path) -> None:
    lines = [
        {"query": "q", "document_id": "a", "rank": 2, "hits": ["b", "a", "x", "c"]},
        {"query": "q", "document_id": "x", "rank": 1, "hits": []},
    ]
    found = read_candidates(write(tmp_path, lines), {"a": 0, "b": 1, "c": 0})
    assert list(found) == [("q", 0)]
    assert (found["q", 0].rank, found["q", 0].documents.tolist()) == (2, [1, 0])


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        pytest.param("rank", 0, "a.jsonl:1 has rank=0. Needed: a whole number from 1, or null", id="rank_zero"),
        pytest.param("rank", True, "rank=True", id="rank_true"),
        pytest.param("hits", "a", "has hits=a. Needed: a list", id="hits_text"),
        pytest.param("hits", [1], "Needed: a list of document ids", id="hits_numbers"),
    ],
)
def test_read_candidates_bad_line_says_what_is_needed(field: str, value: object, message: str, tmp_path: Path) -> None:
    line = {"query": "q", "document_id": "a", "rank": None, "hits": [], field: value}
    with pytest.raises(TrainingError, match=message):
        read_candidates(write(tmp_path, [line]), {"a": 0})


def test_read_pairs_takes_lines_with_and_without_a_document_id(tmp_path: Path) -> None:
    lines = [
        {"query": "q", "document": "d", "document_id": "1"},
        {"query": "q", "document": "d"},
        {"query": "r", "document": "d"},
    ]
    assert read_pairs(write(tmp_path, lines), None, 1) == [Pair("q", "d", "1"), Pair("r", "d")]


def test_build_columns_a_column_a_negative_and_the_teachers_scores_last() -> None:
    columns = build_columns(PAIRS[:2], [["n1", "n2"], ["n3", "n4"]], [[1.0, 0.5, 0.2], [2.0, 0.1, 0.0]])
    assert list(columns) == ["query", "document", "negative_1", "negative_2", "label"]
    assert columns["negative_2"] == ["n2", "n4"]


def test_build_columns_one_negative_makes_a_row_of_each() -> None:
    columns = build_columns(PAIRS[:2], [["n1", "n2"], ["n3", "n4"]], one_negative=True)
    assert columns["query"] == ["q1", "q1", "q2", "q2"]
    assert columns["negative_1"] == ["n1", "n2", "n3", "n4"]


def test_build_columns_without_negatives_are_the_pairs() -> None:
    assert build_columns(PAIRS[:2], [], one_negative=True) == {"query": ["q1", "q2"], "document": ["one", "two"]}
