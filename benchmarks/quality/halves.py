"""Judged queries in two halves: recipes are chosen on one and reported on the other."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from include.corpus.document import seeded_key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from include.evaluation.beir import QuerySet

SEED = 42
# Queries that share documents, one with the next, may span a whole collection; then single queries are drawn.
LARGEST_GROUP = 0.5


class Half(enum.StrEnum):
    """Which half of the judged queries."""

    DEVELOPMENT = "development"
    TEST = "test"


def halves_of(sets: Iterable[QuerySet]) -> dict[str, Half]:
    """The half of each query: queries that share a relevant document, over all sets, stand in the same one.

    Groups are taken in seeded order, each into the half that has fewer queries. Where one group holds more than half
    of all queries the documents do not part them, and the queries are drawn one by one.
    """
    relevant = {
        name: [document for document, score in queries.qrels[name].items() if score > 0]
        for queries in sets
        for name in queries.queries
    }
    groups = _groups(relevant)
    if max(map(len, groups)) > LARGEST_GROUP * len(relevant):
        groups = [[name] for name in relevant]
    half_of: dict[str, Half] = {}
    sizes = dict.fromkeys(Half, 0)
    for group in sorted(groups, key=lambda group: seeded_key(SEED, min(group))):
        half = min(Half, key=lambda each: sizes[each])
        sizes[half] += len(group)
        half_of |= dict.fromkeys(group, half)
    return half_of


def _groups(relevant: dict[str, list[str]]) -> list[list[str]]:
    """Queries that are linked by common documents."""
    queries_of: dict[str, list[str]] = {}
    for name, documents in relevant.items():
        for document in documents:
            queries_of.setdefault(document, []).append(name)
    groups, seen = [], set()
    for name in relevant:
        if name in seen:
            continue
        group, waiting = [], [name]
        seen.add(name)
        while waiting:
            group.append(query := waiting.pop())
            linked = {other for document in relevant[query] for other in queries_of[document]} - seen
            seen |= linked
            waiting += sorted(linked)
        groups.append(group)
    return groups
