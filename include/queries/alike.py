"""Which queries are nearly the same: the same words but for order, plurals and the little ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.corpus.document import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIKE = 0.9
# English, German, French, Spanish: articles, forms of "to be" and "to do", prepositions, "how can I".
_STOP_WORDS = (
    "a an the to of for in on at by with from and or is are was be do does did can could will would should how what "
    "which who where when why i me my we our you your it its this that these those please "
    "der die das den dem des ein eine einen einem einer und oder zu von für mit im in am an auf wie was ist kann ich "
    "le la les un une des du de et ou à pour avec dans est comment que je el los las una y o del en con por para es "
    "como"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())


def content_words(query: str) -> frozenset[str]:
    """What two queries are compared by: their words without stop words, plurals as singulars.

    A query of nothing but stop words is compared by all of its words.
    """
    words = words_of(query).split()
    telling = [word for word in words if word not in STOP_WORDS] or words
    return frozenset(map(_singular, telling))


def alike_key(query: str) -> str:
    """One text for all queries with the same content words."""
    return " ".join(sorted(content_words(query)))


def alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Whether the content words overlap by `ALIKE` (Jaccard) or more: below ten words, whether they are the same."""
    return len(one & other) >= ALIKE * len(one | other)


class AlikeQueries:
    """Queries that are found again by queries that are nearly the same; exact, and a look-up takes no scan.

    Method: prefix filtering. Sets that overlap by `ALIKE` share a word among the first few of each, if both are in the
    same order (rare words first): Chaudhuri, Ganti, Kaushik, "A Primitive Operator for Similarity Joins", ICDE 2006.
    """

    def __init__(self, queries: Iterable[str]) -> None:
        """Take the queries.

        Args:
            queries: held in memory, as sets of words.
        """
        self._queries = {content_words(query): query for query in queries}
        self._frequency: dict[str, int] = {}
        for words in self._queries:
            for word in words:
                self._frequency[word] = self._frequency.get(word, 0) + 1
        self._by_word: dict[str, list[frozenset[str]]] = {}
        for words in self._queries:
            for word in self._prefix(words):
                self._by_word.setdefault(word, []).append(words)

    def find(self, query: str) -> str | None:
        """One of the queries that is nearly this one, or None."""
        words = content_words(query)
        if words in self._queries:
            return self._queries[words]
        for word in self._prefix(words):
            for other in self._by_word.get(word, ()):
                if alike(words, other):
                    return self._queries[other]
        return None

    def _prefix(self, words: frozenset[str]) -> list[str]:
        ordered = sorted(words, key=lambda word: (self._frequency.get(word, 0), word))
        needed = -(-len(words) * round(ALIKE * 100) // 100)
        return ordered[: len(words) - needed + 1]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
