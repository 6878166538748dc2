"""A collection with judged queries, cut into what is trained on, a development half and a test half."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks.quality.halves import Half, halves_of
from include.corpus.split import group_near_duplicates
from include.evaluation.beir import QuerySet

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from include.corpus.document import Document

LEAST_SHARE_TO_TRAIN_ON = 0.25


@dataclass(frozen=True)
class Collection:
    """Documents and judged queries.

    Attributes:
        name: as the table shows it.
        documents: all of them.
        judged: query sets by their kind.
        max_sequence_length: tokens that base and tuned model read.
        subsets: of the test half, by their name: whether a query with these relevant documents is in it.
        trained_on: ids of the documents that may be trained on, where the collection itself says so.
    """

    name: str
    documents: Sequence[Document] = field(repr=False)
    judged: dict[str, QuerySet] = field(repr=False)
    max_sequence_length: int = 128
    subsets: dict[str, Callable[[str, Sequence[str]], bool]] = field(default_factory=dict, repr=False)
    trained_on: frozenset[str] | None = field(default=None, repr=False)

    def halves(self) -> dict[str, dict[Half, QuerySet]]:
        """Development and test half of each kind of queries; documents that answer one half's answer no other's."""
        half_of = halves_of(self.judged.values())
        return {kind: {half: _part(queries, half_of, half) for half in Half} for kind, queries in self.judged.items()}

    def training_ids(self) -> tuple[frozenset[str], bool]:
        """Ids of the documents to train on, and whether no judged document or near-copy of one is among them.

        Where almost every document answers some query, holding them out would leave nothing to learn from.
        """
        everything = frozenset(document.id for document in self.documents)
        allowed = everything if self.trained_on is None else self.trained_on
        relevant = frozenset().union(*map(relevant_ids, self.judged.values()))
        near = {name for group in group_near_duplicates(self.documents) if relevant & set(group) for name in group}
        left = allowed - near
        held_out = len(left) >= LEAST_SHARE_TO_TRAIN_ON * len(everything)
        return (left, True) if held_out else (allowed, False)


def relevant_ids(queries: QuerySet) -> frozenset[str]:
    """Ids of the documents that answer a query of the set."""
    return frozenset(name for judged in queries.qrels.values() for name, score in judged.items() if score > 0)


def _part(queries: QuerySet, half_of: dict[str, Half], half: Half) -> QuerySet:
    names = [name for name in queries.queries if half_of[name] is half]
    return QuerySet({name: queries.queries[name] for name in names}, {name: queries.qrels[name] for name in names})
