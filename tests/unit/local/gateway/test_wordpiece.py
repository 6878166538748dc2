"""The analyzer bert-uncased, on a table of its own."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest

from local.gateway.wordpiece import load, table_path, weighted, word_pieces

if TYPE_CHECKING:
    from pathlib import Path

WEIGHTS = {
    "the": 0.25,
    "dog": 5.0,
    "run": 4.0,
    "##s": 1.5,
    "cafe": 6.0,
    "!": 0.5,
    "犬": 7.0,
    "[MASK]": 1.0,
    "none": 0.0,
}
VOCABULARY = frozenset([*WEIGHTS, "[UNK]", "sing"])


@pytest.fixture
def table_file(tmp_path: Path) -> Path:
    path = tmp_path / "bert-uncased.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tokenizer.json", json.dumps({"model": {"vocab": dict.fromkeys(VOCABULARY, 0)}}))
        archive.writestr("idf.json", json.dumps(WEIGHTS))
    return path


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("The dog runs", ["the", "dog", "run", "##s"]),
        ("Café!", ["cafe", "!"]),
        ("the\tdog\u0000\u200b", ["the", "dog"]),
        ("dog犬run", ["dog", "犬", "run"]),
        ("xyz the", ["[UNK]", "the"]),
        ("the [MASK]", ["the", "[MASK]"]),
        ("d" * 101, ["[UNK]"]),
        ("", []),
    ],
    ids=["pieces", "accent", "control", "chinese", "unknown", "special", "long", "empty"],
)
def test_word_pieces_text_is_cut_as_bert_cuts_it(text: str, pieces: list[str]) -> None:
    assert word_pieces(text, VOCABULARY) == pieces


def test_weighted_piece_without_weight_counts_one_and_without_positive_one_not_at_all(table_file: Path) -> None:
    assert weighted("the the sing none", load(table_file)) == {"the": 0.25, "sing": 1.0}


def test_table_path_of_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch, table_file: Path) -> None:
    monkeypatch.setenv("LOCAL_BERT_UNCASED", str(table_file))
    assert table_path() == table_file
