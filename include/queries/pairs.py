"""Pairs of query and document to train on, and the queries that are held out, from whatever source proposes them."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.queries.alike import alike_key
from include.queries.checks import QueryRules
from include.queries.dropped import DroppedError
from include.queries.leaks import JudgedSet
from include.queries.quotes import locate_quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Set

    from include.corpus.document import Document
    from include.queries.quotes import Place
    from include.queries.sources import PairSource, Proposal

FROM_BEDROCK = "Look at bedrock-output/, choose another bedrock_model_id, or lower min_pair_share."
FROM_OWN = (
    "Look at the pairs of s3_pairs_path, or lower min_pair_share. A document that is not in the corpus may be beyond "
    "max_documents; with input_type 'pairs' the pairs bring their corpus along."
)


@dataclass
class PairCounts:
    """Queries asked for, usable ones by side of the split, and the dropped ones by reason."""

    asked: int = 0
    train: int = 0
    held_out: int = 0
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def usable(self) -> int:
        """Queries that were not dropped."""
        return self.train + self.held_out

    def as_dict(self) -> dict[str, Any]:
        """The counts by name."""
        return {
            "asked": self.asked,
            "train": self.train,
            "held_out": self.held_out,
            "dropped": dict(self.dropped.most_common()),
        }


@dataclass(frozen=True)
class Pair:
    """A query and the document that it was written from; for a highlighter, the place of its sentence too."""

    query: str
    document: Document
    held_out: bool
    place: Place | None = None

    def to_line(self) -> str:
        """`{"query", "document", "document_id"}` and the place's `{"start", "end"}`, as a line that training reads."""
        fields = {
            "query": self.query,
            "document": self.document.text,
            "document_id": self.document.id,
            **(self.place._asdict() if self.place else {}),
        }
        return json.dumps(fields, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class PairRules:
    """What decides whether a proposed pair is used, and on which side.

    Attributes:
        held_out: ids of the documents whose queries are for the test only.
        tested: judged queries, and texts that answer them; pairs with them are not trained on.
        queries: bounds of a query.
        quoting: a query counts only with a quote that stands in its document.
    """

    held_out: Set[str] = frozenset()
    tested: JudgedSet = field(default_factory=lambda: JudgedSet((), ()))
    queries: QueryRules = field(default_factory=QueryRules)
    quoting: bool = False


def collect_pairs(
    read_documents: Callable[[], Iterable[Document]], source: PairSource, rules: PairRules, counts: PairCounts
) -> Iterator[Pair]:
    """The usable pairs, in the documents' order.

    A query that is proposed for documents of both sides, or nearly the same one, is dropped on both: it would be
    trained on and tested with. What of the judged queries and their documents is proposed to train on is dropped.

    Args:
        read_documents: the sample, in the order in which the records were built; read twice, never held.
        source: proposes queries.
        rules: what is dropped.
        counts: is filled; complete at the end.
    """
    proposals = source(read_documents(), counts)
    sides: dict[str, set[bool]] = {}
    for name, proposed in proposals.items():
        for proposal in proposed:
            sides.setdefault(alike_key(proposal.query), set()).add(name in rules.held_out)
    for document in read_documents():
        for pair in _pairs_of(document, proposals.get(document.id, ()), rules, sides, counts):
            counts.held_out += pair.held_out
            counts.train += not pair.held_out
            yield pair
    counts.dropped += Counter()


def check_pairs(counts: PairCounts, min_share: float, batch_size: int, what_to_do: str = FROM_BEDROCK) -> None:
    """Nothing, if enough of the asked queries are usable.

    Raises:
        TerminalError: fewer than `min_share`, or not one batch to train on, or none to test with; counts the reasons.
    """
    reasons = ", ".join(f"{reason} {number}" for reason, number in counts.dropped.most_common()) or "none dropped"
    if counts.usable < min_share * counts.asked or not counts.usable:
        raise TerminalError(
            f"{counts.usable} of {counts.asked} queries are usable; min_pair_share asks for {min_share:.0%}. "
            f"Dropped: {reasons}. {what_to_do}"
        )
    if counts.train < batch_size or counts.held_out == 0:
        raise TerminalError(
            f"{counts.train} pairs to train on and {counts.held_out} to test with; at least one batch of {batch_size} "
            f"and one held-out query are needed. Dropped: {reasons}. Take more documents, or a smaller batch_size."
        )


def _pairs_of(
    document: Document,
    proposals: Iterable[Proposal],
    rules: PairRules,
    sides: Mapping[str, set[bool]],
    counts: PairCounts,
) -> Iterator[Pair]:
    held_out = document.id in rules.held_out
    is_leak = bool(proposals) and not held_out and rules.tested.kind_of_document(document.text)
    before: set[frozenset[str]] = set()
    for proposal in proposals:
        try:
            content = rules.queries.check(proposal.query, document.text, before)
            if is_leak or (not held_out and rules.tested.kind_of_query(proposal.query)):
                raise DroppedError("leaked")
            if len(sides[alike_key(proposal.query)]) > 1:
                raise DroppedError("on both sides")
            place = _place(proposal, document) if rules.quoting else None
        except DroppedError as reason:
            counts.dropped[str(reason)] += 1
            continue
        before.add(content)
        yield Pair(proposal.query, document, held_out, place)


def _place(proposal: Proposal, document: Document) -> Place:
    place = locate_quote(proposal.quote, document.text)
    if place is None:
        raise DroppedError("quote not in the document")
    return place
