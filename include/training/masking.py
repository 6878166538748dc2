"""Hides from a document the words that its query was copied from.

A query that repeats its document teaches a model to match words, which it does already. Hiding the copied words asks
it to find the document by the rest of its meaning: the inverse cloze task of Lee et al. 2019 (Latent Retrieval for
Weakly Supervised Open Domain Question Answering, ACL), which hides the query's sentence in 9 of 10 cases. A query
written in other words, as language models write them, copies nothing, and its document stays whole.
"""

from __future__ import annotations

from typing import NamedTuple

from .words import WORD, stem

# Fewer words are shared by accident, as "an Auto Scaling group" is.
MINIMUM_WORDS = 3
MINIMUM_SHARE = 0.7
# Words of the document that a writer may have left out between two that were copied.
SKIPPED_WORDS = 3
# So much of the document must be left to tell it from others.
MINIMUM_REST = 4
_LOOSE = " \t\n.:;,-"


class Span(NamedTuple):
    """Characters `start` to `end` of a text, end not included."""

    start: int
    end: int


class _Chain(NamedTuple):
    length: int
    first: int
    last: int


def mask_copied_words(query: str, document: str) -> str:
    """The document without the words that the query was copied from; the document itself if nothing was copied.

    Words are compared without case, punctuation and endings, so that "create a group" is found in "Creates a new
    group.". The document also stays whole where too little of it would be left.
    """
    span = copied_span(query, document)
    if span is None:
        return document
    rest = f"{document[: span.start].rstrip()} {document[span.end :].lstrip(_LOOSE)}".strip(_LOOSE)
    return rest if len(WORD.findall(rest)) >= MINIMUM_REST else document


def copied_span(query: str, document: str) -> Span | None:
    """Where the query was copied from: the longest chain of its words in the document, in its order, close together.

    Returns:
        The characters from the chain's first word to its last; None if the chain has fewer than `MINIMUM_WORDS` words
        (all of them, for a shorter query), or less than `MINIMUM_SHARE` of the query's.
    """
    words = [stem(word) for word in WORD.findall(query)]
    places = list(WORD.finditer(document))
    chain = _longest_chain(words, [stem(place[0]) for place in places])
    if chain.length < max(min(MINIMUM_WORDS, len(words)), MINIMUM_SHARE * len(words), 1):
        return None
    return Span(places[chain.first].start(), places[chain.last].end())


def _longest_chain(query: list[str], document: list[str]) -> _Chain:
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(query):
        positions.setdefault(word, []).append(position)
    best = _Chain(0, 0, 0)
    # Chains that end at each of the last few document words, by the query position of their last word.
    ending: list[dict[int, _Chain]] = []
    for place, word in enumerate(document):
        here = {position: _extended(ending, position, place) for position in positions.get(word, ())}
        best = max(best, *here.values(), key=lambda chain: chain.length) if here else best
        ending = [*ending[-SKIPPED_WORDS:], here]
    return best


def _extended(ending: list[dict[int, _Chain]], position: int, place: int) -> _Chain:
    before = [chain for chains in ending for earlier, chain in chains.items() if earlier < position]
    # Of chains of one length the tightest: the one that starts last.
    longest = max(before, key=lambda chain: (chain.length, chain.first), default=_Chain(0, place, place))
    return _Chain(longest.length + 1, longest.first, place)
