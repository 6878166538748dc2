"""Where pairs come from. A source is a function from documents to the queries that they answer; these are the two."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol

from include.corpus.document import normalise
from include.queries.answers import MAX_QUERY_CHARACTERS, check_query, digest, parse_record
from include.queries.dropped import DroppedError
from include.queries.own import text_key
from include.queries.records import record_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from include.corpus.document import Document
    from include.queries.own import OwnPair
    from include.queries.pairs import PairCounts


class Proposal(NamedTuple):
    """A query that a document is said to answer, and for a highlighter the sentence that does."""

    query: str
    quote: str = ""


Proposals = dict[str, list[Proposal]]
"""By the document's id."""


class PairSource(Protocol):
    """A function from documents to pairs; whoever has another generator writes one of these."""

    def __call__(self, documents: Iterable[Document], counts: PairCounts) -> Proposals:
        """The queries of each document.

        Args:
            documents: the sample in its order; read once, not to be held.
            counts: `asked` is added to, and `dropped` for each query that was asked for and is not proposed.
        """


@dataclass(frozen=True)
class BedrockAnswers:
    """Queries that a model of Bedrock wrote, from the `*.jsonl.out` files of the batch jobs, in any order.

    Attributes:
        lines: of all files.
        asked: queries asked for each document.
        quoting: each must come with the sentence that it was written from.
        near_copies: ids of documents for which no query was asked.
        max_characters: of a query.
    """

    lines: Iterable[str | bytes]
    asked: int
    quoting: bool = False
    near_copies: Mapping[str, str] = field(default_factory=dict)
    max_characters: int = MAX_QUERY_CHARACTERS

    def __call__(self, documents: Iterable[Document], counts: PairCounts) -> Proposals:
        """The usable queries by document; see `PairSource`."""
        digests: dict[str, int] = {}
        documents_ids: dict[str, str] = {}
        for number, document in enumerate(documents):
            if document.id not in self.near_copies:
                digests[record_id(number)] = digest(document.text)
                documents_ids[record_id(number)] = document.id
        counts.asked += self.asked * len(digests)
        found = self._parse(digests, counts)
        counts.dropped["no answer"] += self.asked * len(digests.keys() - found.keys())
        return {documents_ids[name]: proposals for name, proposals in found.items()}

    def _parse(self, digests: Mapping[str, int], counts: PairCounts) -> Proposals:
        found: Proposals = {}
        for line in self.lines:
            try:
                answer = parse_record(line, digests, self.asked, self.quoting, self.max_characters)
            except DroppedError as reason:
                counts.dropped[str(reason)] += 1
                continue
            if answer.record_id in found:
                counts.dropped["second answer"] += len(answer.queries)
                continue
            counts.dropped.update(answer.dropped)
            found[answer.record_id] = [Proposal(query, answer.quotes[query]) for query in answer.queries]
        return found


@dataclass(frozen=True)
class OwnPairs:
    """Pairs that the customer brings. A near-copy's queries count for the first document of its group.

    Attributes:
        pairs: read once.
        near_copies: id of each document that is a near-copy, and of the one that stands for it.
        max_characters: of a query.
    """

    pairs: Iterable[OwnPair]
    near_copies: Mapping[str, str] = field(default_factory=dict)
    max_characters: int = MAX_QUERY_CHARACTERS

    def __call__(self, documents: Iterable[Document], counts: PairCounts) -> Proposals:
        """The usable queries by document; see `PairSource`."""
        by_text: dict[int, str] = {}
        digests: dict[str, int] = {}
        for document in documents:
            by_text[text_key(document.text)] = document.id
            digests[document.id] = digest(document.text)
        found: Proposals = {}
        before: dict[str, set[str]] = {}
        for pair in self.pairs:
            counts.asked += 1
            document_id = self._document_of(pair, by_text, digests)
            if document_id is None:
                counts.dropped["not in the corpus"] += 1
                continue
            known = before.setdefault(document_id, set())
            try:
                query = check_query(pair.query, digests[document_id], known, self.max_characters)
                known.add(normalise(query))
                found.setdefault(document_id, []).append(Proposal(query, pair.quote))
            except DroppedError as reason:
                counts.dropped[str(reason)] += 1
        return found

    def _document_of(self, pair: OwnPair, by_text: Mapping[int, str], known: Mapping[str, int]) -> str | None:
        document_id = by_text.get(text_key(pair.document)) if pair.document else None
        if document_id is None and pair.document_id in known:
            document_id = pair.document_id
        return self.near_copies.get(document_id, document_id) if document_id else None
