"""Hard negatives: documents that are near a query and do not answer it."""

from __future__ import annotations

import dataclasses
import functools
import itertools
import random
from typing import TYPE_CHECKING

from .errors import TrainingError
from .words import WORD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    import numpy as np

# As include/corpus/split.py tells near-copies: word 3-grams, Jaccard.
SHINGLE_WORDS = 3
NEAR_COPY = 0.7
DRAWS = 50


@dataclasses.dataclass
class Counts:
    """What mining came across.

    Attributes:
        mined: negatives that were found near.
        drawn: that were drawn at random, where fewer were near than were asked for.
        too_near: documents passed over because the base model finds them too similar: they may well answer.
        near_copies: documents passed over as near-copies of the pair's own.
    """

    mined: int = 0
    drawn: int = 0
    too_near: int = 0
    near_copies: int = 0


class Miner:
    """Chooses negatives, one pair at a time; the same seed and pairs choose the same.

    Args:
        texts: of the documents that may be negatives, by number.
        answers: the numbers that each query is paired with.
        wanted: negatives a pair.
        margin: share of the pair's own similarity by which a negative must be less similar.
        seed: of what is drawn.
    """

    def __init__(
        self, texts: Sequence[str], answers: dict[str, set[int]], wanted: int, margin: float, seed: int
    ) -> None:
        self._texts, self._answers, self._wanted, self._margin = texts, answers, wanted, margin
        self._random = random.Random(seed)  # noqa: S311 - a draw, not a secret
        self._shingles = functools.lru_cache(maxsize=65_536)(lambda number: shingles(texts[number]))
        self.counts = Counts()

    def choose(self, query: str, own: int, near: Sequence[int], similarities: np.ndarray, positive: float) -> list[int]:
        """The numbers of `wanted` negatives of a pair, the hardest first.

        Args:
            query: of the pair.
            own: number of its document.
            near: numbers of other documents, the hardest first.
            similarities: of the query with each of these, by the base model.
            positive: of the query with its own document.
        """
        limit = highest_similarity(positive, self._margin)
        found = list(itertools.islice(self._passing(query, own, near, similarities, limit), self._wanted))
        self.counts.mined += len(found)
        self.counts.drawn += self._wanted - len(found)
        return found + self._drawn(query, own, found)

    def _passing(
        self, query: str, own: int, near: Sequence[int], similarities: np.ndarray, limit: float
    ) -> Iterator[int]:
        for number, similarity in zip(near, similarities, strict=True):
            if number in self._answers[query]:
                continue
            if similarity > limit:
                self.counts.too_near += 1
            elif self._is_near_copy(own, number):
                self.counts.near_copies += 1
            else:
                yield number

    def _drawn(self, query: str, own: int, found: list[int]) -> list[int]:
        """Fills up at random: a batch needs as many negatives of each pair, and the same one twice teaches nothing."""
        drawn: list[int] = []
        while len(found) + len(drawn) < self._wanted:
            drawn.append(self._draw(self._answers[query], {*found, *drawn}, own))
        return drawn

    def _draw(self, answers: Collection[int], taken: Collection[int], own: int) -> int:
        drawn = [self._random.randrange(len(self._texts)) for _ in range(DRAWS)]
        others = [number for number in drawn if number not in answers] or [
            number for number in range(len(self._texts)) if number not in answers
        ]
        if not others:
            raise TrainingError(
                f"hard_negatives is {self._wanted}, and a query is paired with all {len(self._texts)} documents. Set "
                "hard_negatives to 0, or train on more documents."
            )
        fresh = (number for number in others if number not in taken and not self._is_near_copy(own, number))
        return next(fresh, others[0])

    def _is_near_copy(self, own: int, number: int) -> bool:
        one, other = self._shingles(own), self._shingles(number)
        return len(one & other) >= NEAR_COPY * len(one | other)


def highest_similarity(positive: float, margin: float) -> float:
    """Above this a document may well answer: the pair's own similarity less a share of it."""
    return positive - margin * abs(positive)


def in_turn(*ranked: Iterable[int]) -> list[int]:
    """The first of each ranking, the second of each, and so on; each number once."""
    turns = itertools.zip_longest(*ranked)
    return list(dict.fromkeys(number for turn in turns for number in turn if number is not None))


def shingles(text: str) -> frozenset[tuple[str, ...]]:
    """The word 3-grams of a text, without case and punctuation."""
    words = WORD.findall(text.lower())
    starts = range(max(1, len(words) - SHINGLE_WORDS + 1))
    return frozenset(tuple(words[start : start + SHINGLE_WORDS]) for start in starts)
