"""The analyzer `bert-uncased` of ML Commons: BERT's word pieces, each with the weight of its rarity.

The weights are a data file of ML Commons (Apache License 2.0), which is not part of this project: put its
`bert-uncased.zip` where `TABLE` or the variable `LOCAL_BERT_UNCASED` says.
"""

from __future__ import annotations

import json
import os
import re
import unicodedata
import zipfile
from functools import cache
from pathlib import Path
from typing import NamedTuple

NAME = "bert-uncased"
TABLE = Path(__file__).parent / "analysis" / f"{NAME}.zip"
VARIABLE = "LOCAL_BERT_UNCASED"
UNKNOWN = "[UNK]"
_SPECIAL = re.compile(r"(\[PAD\]|\[UNK\]|\[CLS\]|\[SEP\]|\[MASK\])")
_LONGEST_WORD = 100
_CONTINUED = "##"
_CHINESE = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


class Table(NamedTuple):
    """Word pieces, and what each weighs."""

    vocabulary: frozenset[str]
    weights: dict[str, float]


def table_path() -> Path:
    """Where the weights are looked for."""
    return Path(os.environ.get(VARIABLE) or TABLE)


@cache
def load(path: Path) -> Table:
    """The table in ML Commons' file: `tokenizer.json` and `idf.json`, zipped."""
    with zipfile.ZipFile(path) as archive:
        tokenizer = json.loads(archive.read("tokenizer.json"))
        weights = json.loads(archive.read("idf.json"))
    return Table(frozenset(tokenizer["model"]["vocab"]), weights)


def weighted(text: str, table: Table) -> dict[str, float]:
    """The word pieces of `text` with their weights; those without a positive one are left out."""
    pieces = {piece: table.weights.get(piece, 1.0) for piece in word_pieces(text, table.vocabulary)}
    return {piece: weight for piece, weight in pieces.items() if weight > 0}


def word_pieces(text: str, vocabulary: frozenset[str]) -> list[str]:
    """`text` cut as BERT cuts it: cleaned, lower case, without accents, then the longest pieces of every word."""
    pieces: list[str] = []
    for part in _SPECIAL.split(text):
        if _SPECIAL.fullmatch(part):
            pieces.append(part)
        else:
            pieces += [piece for word in _words(part) for piece in _pieces(word, vocabulary)]
    return pieces


def _words(text: str) -> list[str]:
    cleaned = "".join(map(_cleaned, text))
    plain = "".join(char for char in unicodedata.normalize("NFD", cleaned) if unicodedata.category(char) != "Mn")
    return "".join(f" {char} " if _is_punctuation(char) else char for char in plain.lower()).split()


def _cleaned(char: str) -> str:
    if char in "\t\n\r" or unicodedata.category(char) == "Zs":
        return " "
    if char in "\x00\ufffd" or unicodedata.category(char).startswith("C"):
        return ""
    return f" {char} " if any(low <= ord(char) <= high for low, high in _CHINESE) else char


def _is_punctuation(char: str) -> bool:
    if char.isascii():
        return char.isprintable() and not char.isalnum() and char != " "
    return unicodedata.category(char).startswith("P")


def _pieces(word: str, vocabulary: frozenset[str]) -> list[str]:
    if len(word) > _LONGEST_WORD:
        return [UNKNOWN]
    pieces: list[str] = []
    start = 0
    while start < len(word):
        prefix = _CONTINUED if start else ""
        end = next((end for end in range(len(word), start, -1) if prefix + word[start:end] in vocabulary), None)
        if end is None:
            return [UNKNOWN]
        pieces.append(prefix + word[start:end])
        start = end
    return pieces
