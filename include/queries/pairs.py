"""Pairs of query and document to train on, and the queries that are held out, from the answers of the batch jobs."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from include.corpus.document import Document, words_of
from include.errors import TerminalError
from include.queries.answers import DroppedError, digest, parse_record
from include.queries.quotes import locate_quote
from include.queries.records import record_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Set

    from include.queries.answers import Answer
    from include.queries.quotes import Place


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
        """`{"query", "document"}`, with the place `{"start", "end"}`, and a line end, as training reads it."""
        fields = {"query": self.query, "document": self.document.text, **(self.place._asdict() if self.place else {})}
        return json.dumps(fields, ensure_ascii=False) + "\n"


def collect_pairs(
    read_documents: Callable[[], Iterable[Document]],
    lines: Iterable[str | bytes],
    held_out: Set[str],
    asked: int,
    counts: PairCounts,
    tested: Iterable[str] = (),
    quoting: bool = False,
) -> Iterator[Pair]:
    """The usable pairs, in the documents' order.

    A query that is written from documents of both sides, or to train on and tested with already, is dropped: it would
    be trained on and tested with.

    Args:
        read_documents: the sample, in the order in which the records were built; read twice, never held.
        lines: of all `*.jsonl.out` files, in any order.
        held_out: ids of the documents whose queries are for the test only.
        asked: queries asked for each document.
        counts: is filled; complete at the end.
        tested: judged queries.
        quoting: a query counts only with a quote that stands in its document.
    """
    digests: dict[str, int] = {}
    is_held_out: dict[str, bool] = {}
    for number, document in enumerate(read_documents()):
        digests[record_id(number)] = digest(document.text)
        is_held_out[record_id(number)] = document.id in held_out
    answers = _parse(lines, digests, asked, counts, quoting)
    sides: dict[str, set[bool]] = {words_of(query): {True} for query in tested}
    for name, answer in answers.items():
        for query in answer.queries:
            sides.setdefault(words_of(query), set()).add(is_held_out[name])
    counts.asked = asked * len(digests)
    counts.dropped["no answer"] += asked * len(digests.keys() - answers.keys())
    for number, document in enumerate(read_documents()):
        answered = answers.get(record_id(number))
        for query in answered.queries if answered else ():
            if len(sides[words_of(query)]) > 1:
                counts.dropped["on both sides"] += 1
                continue
            place = locate_quote(answered.quotes[query], document.text) if answered and quoting else None
            if quoting and place is None:
                counts.dropped["quote not in the document"] += 1
                continue
            pair = Pair(query, document, is_held_out[record_id(number)], place)
            counts.held_out += pair.held_out
            counts.train += not pair.held_out
            yield pair
    counts.dropped += Counter()


def check_pairs(counts: PairCounts, min_share: float, batch_size: int) -> None:
    """Nothing, if enough of the asked queries are usable.

    Raises:
        TerminalError: fewer than `min_share`, or not one batch to train on, or none to test with; counts the reasons.
    """
    reasons = ", ".join(f"{reason} {number}" for reason, number in counts.dropped.most_common()) or "none dropped"
    if counts.usable < min_share * counts.asked:
        raise TerminalError(
            f"{counts.usable} of {counts.asked} queries are usable; min_pair_share asks for {min_share:.0%}. "
            f"Dropped: {reasons}. Look at bedrock-output/, choose another bedrock_model_id, or lower min_pair_share."
        )
    if counts.train < batch_size or counts.held_out == 0:
        raise TerminalError(
            f"{counts.train} pairs to train on and {counts.held_out} to test with; at least one batch of {batch_size} "
            f"and one held-out query are needed. Dropped: {reasons}. Take more documents, or a smaller batch_size."
        )


def _parse(
    lines: Iterable[str | bytes], digests: dict[str, int], asked: int, counts: PairCounts, quoting: bool
) -> dict[str, Answer]:
    answers: dict[str, Answer] = {}
    for line in lines:
        try:
            answer = parse_record(line, digests, asked, quoting)
        except DroppedError as reason:
            counts.dropped[str(reason)] += 1
            continue
        if answer.record_id in answers:
            counts.dropped["second answer"] += len(answer.queries)
            continue
        answers[answer.record_id] = answer
        counts.dropped.update(answer.dropped)
    return answers
