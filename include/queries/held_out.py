"""The held-out queries that are tested with: of very many a sample, so that the evaluation stays short."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from include.corpus.document import normalise, seeded_key

if TYPE_CHECKING:
    from include.queries.pairs import Pair

MAX_QUERIES = 2_000


class HeldOutSample:
    """The pairs of those queries whose seeded keys are the smallest; no more are held in memory."""

    def __init__(self, seed: int, size: int = MAX_QUERIES) -> None:
        """Empty.

        Args:
            seed: of the sample.
            size: different queries.
        """
        self._seed, self._size = seed, size
        self._negated_keys: list[int] = []
        self._pairs: dict[int, list[tuple[int, Pair]]] = {}
        self._added = 0

    def add(self, pair: Pair) -> None:
        """Take the pair, if its query is of the sample so far."""
        self._added += 1
        key = seeded_key(self._seed, normalise(pair.query))
        if key not in self._pairs:
            if len(self._pairs) == self._size and key > -self._negated_keys[0]:
                return
            heapq.heappush(self._negated_keys, -key)
            self._pairs[key] = []
            if len(self._pairs) > self._size:
                del self._pairs[-heapq.heappop(self._negated_keys)]
        self._pairs[key].append((self._added, pair))

    def pairs(self) -> list[Pair]:
        """The sample, in the order in which it was added."""
        numbered = (each for pairs in self._pairs.values() for each in pairs)
        return [pair for _, pair in sorted(numbered, key=lambda each: each[0])]
