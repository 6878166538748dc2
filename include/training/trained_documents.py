"""The documents that are trained on: which of the corpus they are, and their vectors by the base model."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from .records import read_records
from .vectors import VectorFile, write_vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from .pairs import Pair

BLOCK = 1_024
UNKNOWN = -1


@dataclasses.dataclass(frozen=True)
class TrainedDocuments:
    """The distinct documents of the pairs, each with a number.

    Only these may be a negative: the corpus also holds the documents that the evaluation asks for, and a model that is
    taught that these answer nothing is taught against them.

    Attributes:
        texts: by number.
        of_pair: the number of each pair's document.
        by_id: numbers by the ids of the corpus; equal texts have one number.
        rows: each one's row in the corpus; -1 for one that is not there.
    """

    texts: list[str]
    of_pair: np.ndarray
    by_id: dict[str, int]
    rows: np.ndarray


def find_trained(pairs: Sequence[Pair], corpus: Path | None) -> TrainedDocuments:
    """The pairs' documents, found in the corpus by their text; also by their ids, where the pairs have them."""
    numbers: dict[str, int] = {}
    of_pair = np.array([numbers.setdefault(pair.document, len(numbers)) for pair in pairs], dtype=np.int64)
    by_id = {pair.document_id: numbers[pair.document] for pair in pairs if pair.document_id}
    rows = np.full(len(numbers), UNKNOWN, dtype=np.int64)
    for row, record in enumerate(read_records(corpus, ("id", "text")) if corpus else ()):
        number = numbers.get(record["text"])
        if number is not None:
            by_id[record["id"]] = number
            rows[number] = row
    return TrainedDocuments(list(numbers), of_pair, by_id, rows)


def trained_vectors(
    documents: TrainedDocuments,
    corpus: VectorFile | None,
    encode: Callable[[Sequence[str]], np.ndarray],
    path: Path,
    dimension: int,
) -> VectorFile:
    """The documents' vectors by number: copied from the corpus' where they are there, else encoded.

    Args:
        documents: whose vectors.
        corpus: vectors of the corpus; None if it was not encoded.
        encode: texts into unit-length rows.
        path: of the file to write.
        dimension: of a vector.
    """
    blocks = _blocks(documents, corpus, encode, dimension)
    return write_vectors(path, len(documents.texts), dimension, blocks)


def _blocks(
    documents: TrainedDocuments,
    corpus: VectorFile | None,
    encode: Callable[[Sequence[str]], np.ndarray],
    dimension: int,
) -> Iterator[np.ndarray]:
    for start in range(0, len(documents.texts), BLOCK):
        rows = documents.rows[start : start + BLOCK]
        found = np.zeros((len(rows), dimension), dtype=np.float32)
        known = rows != UNKNOWN if corpus else np.zeros(len(rows), dtype=bool)
        if corpus and known.any():
            found[known] = corpus.take(rows[known])
        if missing := [documents.texts[start + place] for place in np.flatnonzero(~known)]:
            found[~known] = encode(missing)
        yield found
