"""The (query, document) pairs that train the model."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, NamedTuple

from .errors import TrainingError
from .records import read_objects

if TYPE_CHECKING:
    from pathlib import Path


class Pair(NamedTuple):
    """A query and the document that answers it; `document_id` is its id in the corpus, empty where that is not said."""

    query: str
    document: str
    document_id: str = ""


def read_pairs(folder: Path, max_pairs: int | None, seed: int) -> list[Pair]:
    """The distinct pairs of the channel, at most `max_pairs` of them, in the order of the files.

    Args:
        folder: channel train, `*.jsonl` of {"query", "document"}, and "document_id" if it is known.
        max_pairs: how many are drawn; None takes all.
        seed: the same seed draws the same pairs from the same files.

    Raises:
        TrainingError: a bad line, or fewer than two pairs: a pair's negatives are the other documents of its batch.
    """
    distinct: dict[tuple[str, str], Pair] = {}
    for _, record in read_objects(folder, ("query", "document"), (), optional="document_id"):
        pair = Pair(record["query"], record["document"], record["document_id"])
        distinct.setdefault((pair.query, pair.document), pair)
    pairs = list(distinct.values())
    if len(pairs) < 2:
        raise TrainingError(
            f"{folder} holds {len(pairs)} distinct pair(s). Needed: at least 2. Add documents or queries."
        )
    if max_pairs is None or max_pairs >= len(pairs):
        return pairs
    drawn = random.Random(seed).sample(range(len(pairs)), max_pairs)  # noqa: S311 - a sample, not a secret
    return [pairs[index] for index in sorted(drawn)]
