"""What of the judged queries and their documents stands in the training data, where nothing of it may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from include.corpus.document import Document, seeded_key, words_of
from include.corpus.split import NearCopies
from include.queries.alike import AlikeQueries

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

QUERY, LIKE_QUERY = "query", "near-duplicate query"
DOCUMENT, LIKE_DOCUMENT = "document", "near-duplicate document"


class Leak(NamedTuple):
    """A pair that must not be trained on.

    Attributes:
        kind: `query`, `near-duplicate query`, `document` or `near-duplicate document`.
        query: of the pair.
        document: text of the pair.
    """

    kind: str
    query: str
    document: str


def find_leaks(pairs: Iterable[tuple[str, str]], queries: Iterable[str], documents: Iterable[str]) -> Iterator[Leak]:
    """The pairs that hold something of what will be tested, each with everything that is wrong with it.

    Args:
        pairs: query and document's text.
        queries: judged ones; in the pairs there may be none of them, in whatever case and punctuation, and none with
            nearly the same content words (`include/queries/alike.py`).
        documents: texts that answer them; in the pairs there may be none of them, and none whose word 3-grams overlap
            with theirs by about 0.7 (`include/corpus/split.py`). Empty, if they may be trained on.
    """
    tested = JudgedSet(queries, documents)
    last: tuple[str, str | None] = ("", None)  # pairs of a document follow each other
    for query, document in pairs:
        if document != last[0]:
            last = document, tested.kind_of_document(document)
        for kind in (tested.kind_of_query(query), last[1]):
            if kind:
                yield Leak(kind, query, document)


class JudgedSet:
    """What a comparison will be about; queries and texts are looked up in it."""

    def __init__(self, queries: Iterable[str], documents: Iterable[str]) -> None:
        """Take judged queries and the texts that answer them; of the texts only digests and sketches are held."""
        queries = list(queries)
        self._queries = {words_of(query) for query in queries}
        self._alike = AlikeQueries(queries)
        self._texts: set[int] = set()
        self._copies = NearCopies()
        for number, text in enumerate(documents):
            self._texts.add(_digest(text))
            self._copies.add(Document(str(number), text))

    def kind_of_query(self, query: str) -> str | None:
        """`query`, `near-duplicate query` or None."""
        if words_of(query) in self._queries:
            return QUERY
        return LIKE_QUERY if self._queries and self._alike.find(query) else None

    def kind_of_document(self, text: str) -> str | None:
        """`document`, `near-duplicate document` or None."""
        if _digest(text) in self._texts:
            return DOCUMENT
        return LIKE_DOCUMENT if self._copies.find(text) else None


def _digest(text: str) -> int:
    return seeded_key(0, words_of(text))
