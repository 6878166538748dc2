"""BM25 over the words of short texts: a baseline, and a way to find documents that are easily mistaken.

Formula: Robertson and Zaragoza 2009, "The Probabilistic Relevance Framework: BM25 and Beyond", with the idf of Lucene,
log(1 + (N - n + 0.5) / (n + 0.5)), which is never negative.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from ..words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

K1, B = 1.2, 0.75


class Bm25:
    """How rare each word is in a collection, and how long its texts are on average.

    Args:
        texts: the collection.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._frequency: Counter[str] = Counter()
        self._size, total = 0, 0
        for text in texts:
            found = words(text)
            self._frequency.update(set(found))
            self._size, total = self._size + 1, total + len(found)
        self._average = max(total / max(self._size, 1), 1.0)

    def idf(self, word: str) -> float:
        """Weight of a word, by its stem."""
        known = self._frequency[word]
        return math.log(1 + (self._size - known + 0.5) / (known + 0.5))

    def score(self, query: Iterable[str], text: Sequence[str]) -> float:
        """How well a text answers a query, both as stems."""
        counts = Counter(text)
        norm = K1 * (1 - B + B * len(text) / self._average)
        return sum(
            self.idf(word) * counts[word] * (K1 + 1) / (counts[word] + norm) for word in set(query) if counts[word]
        )


class Index:
    """Documents by their words.

    Args:
        texts: the documents.
        most: share of the documents above which a word finds nothing: it would find all of them, slowly.
    """

    def __init__(self, texts: Sequence[str], most: float = 0.1) -> None:
        self._documents = [words(text) for text in texts]
        self._bm25 = Bm25(texts)
        postings: defaultdict[str, list[int]] = defaultdict(list)
        for number, found in enumerate(self._documents):
            for word in set(found):
                postings[word].append(number)
        limit = max(10.0, most * len(texts))
        self._postings = {word: numbers for word, numbers in postings.items() if len(numbers) <= limit}

    def nearest(self, query: str, depth: int) -> list[int]:
        """Indices of the documents that share rare words with the query, best first, at most `depth`."""
        asked = words(query)
        found: defaultdict[int, float] = defaultdict(float)
        for word in set(asked):
            weight = self._bm25.idf(word)
            for number in self._postings.get(word, ()):
                found[number] += weight
        near = sorted(found, key=lambda number: (-found[number], number))[: 4 * depth]
        scores = {number: self._bm25.score(asked, self._documents[number]) for number in near}
        return sorted(near, key=lambda number: (-scores[number], number))[:depth]
