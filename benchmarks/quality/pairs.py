"""Synthetic pairs for a collection, by the demo's query writer or by question templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from include.corpus.document import Document, words_of
from local.aws.query_writer import write_queries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

QUERIES_A_DOCUMENT, MANY_QUERIES = 2, 4
# Nothing but a frame around the first words: what a careless generator writes.
TEMPLATES = ("what is {}", "how does {} work")
TEMPLATE_WORDS = 6


class SyntheticPair(NamedTuple):
    """A query and the document that it was written from."""

    query: str
    document: Document


def extractive(text: str) -> list[str]:
    """Two queries in the document's own words, by the stand-in's query writer."""
    return write_queries(text, QUERIES_A_DOCUMENT)


def extractive_many(text: str) -> list[str]:
    """Four queries by the same writer, from more of the document's sentences."""
    return write_queries(text, MANY_QUERIES)


def templated(text: str) -> list[str]:
    """Two questions that frame the first words of the document."""
    subject = " ".join(words_of(text).split()[:TEMPLATE_WORDS])
    return [template.format(subject) for template in TEMPLATES]


WRITERS: dict[str, Callable[[str], list[str]]] = {
    "extractive": extractive,
    "extractive, 4 each": extractive_many,
    "templated": templated,
}


def write_pairs(documents: Iterable[Document], writer: str, judged: Iterable[str]) -> Iterator[SyntheticPair]:
    """The pairs of the documents, none of whose queries is a judged one, whatever its punctuation."""
    refused = {words_of(text) for text in judged}
    seen: set[tuple[str, str]] = set()
    for document in documents:
        for query in WRITERS[writer](document.text):
            key = (words_of(query), document.text)
            if key[0] and key[0] not in refused and key not in seen:
                seen.add(key)
                yield SyntheticPair(query, document)
