"""What a query must be, whoever wrote it, to be trained on or tested with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from include.corpus.document import words_of
from include.queries.alike import alike, content_words
from include.queries.dropped import DroppedError
from include.queries.language import is_foreign

if TYPE_CHECKING:
    from collections.abc import Collection, Set


MAX_CHARACTERS = 300
CHARACTERS_PER_WORD = 8
# Shorter queries are alike only if their content words are the same: 9 of 10.
LONG = 9


def max_characters(max_words: int) -> int:
    """Length of the longest query, in code points; what has so many words may have so many characters."""
    return max(MAX_CHARACTERS, CHARACTERS_PER_WORD * max_words)


@dataclass(frozen=True)
class QueryRules:
    """Bounds of a query.

    Attributes:
        min_words: shorter queries are dropped.
        max_words: longer queries are dropped.
        check_language: whether queries in another language than their document are dropped.
        examples: words of the queries that were shown as examples.
    """

    min_words: int = 1
    max_words: int = 40
    check_language: bool = True
    examples: Set[str] = field(default_factory=frozenset)

    def check(self, query: str, document: str, before: Collection[frozenset[str]] = ()) -> frozenset[str]:
        """The query's content words, if it can be used.

        Args:
            query: with single spaces.
            document: text that it was written for.
            before: content words of the document's other queries.

        Raises:
            DroppedError: `too short`, `too long`, `copied example`, `near duplicate` (of another query of the document)
                or `other language`.
        """
        words = len(query.split())
        if words < self.min_words:
            raise DroppedError("too short")
        if words > self.max_words:
            raise DroppedError("too long")
        if words_of(query) in self.examples:
            raise DroppedError("copied example")
        content = content_words(query)
        if content in before or (len(content) >= LONG and any(alike(content, other) for other in before)):
            raise DroppedError("near duplicate")
        if self.check_language and is_foreign(query, document):
            raise DroppedError("other language")
        return content
