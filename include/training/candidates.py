"""What BM25 finds for the pairs' queries: the channel candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .errors import TrainingError
from .records import read_objects

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Found(NamedTuple):
    """What BM25 finds for one pair's query.

    Attributes:
        rank: place of the pair's document, from 1; None if it is not among the first.
        documents: int64, numbers of the trained documents among its hits, best first.
    """

    rank: int | None
    documents: np.ndarray


NOTHING = Found(None, np.empty(0, dtype=np.int64))


def read_candidates(folder: Path, numbers: Mapping[str, int]) -> dict[tuple[str, int], Found]:
    """What BM25 found, by query and number of the pair's document.

    Args:
        folder: channel candidates, `*.jsonl` of {"query", "document_id", "rank", "hits"}.
        numbers: of the trained documents, by their ids in the corpus; what is not there is passed over.

    Raises:
        TrainingError: a line is not such an object.
    """
    found: dict[tuple[str, int], Found] = {}
    for place, record in read_objects(folder, ("query", "document_id"), ("rank", "hits")):
        rank, hits = _checked(place, record)
        if record["document_id"] in numbers:
            known = dict.fromkeys(numbers[hit] for hit in hits if hit in numbers)
            key = (record["query"], numbers[record["document_id"]])
            found[key] = Found(rank, np.fromiter(known, dtype=np.int64, count=len(known)))
    return found


def _checked(place: str, record: dict[str, Any]) -> tuple[int | None, list[str]]:
    rank, hits = record["rank"], record["hits"]
    if not (rank is None or (isinstance(rank, int) and not isinstance(rank, bool) and rank >= 1)):
        raise TrainingError(f"{place} has rank={rank!r:.40}. Needed: a whole number from 1, or null.")
    if not isinstance(hits, list) or not all(isinstance(hit, str) for hit in hits):
        raise TrainingError(f"{place} has hits={str(hits)[:80]}. Needed: a list of document ids.")
    return rank, hits
