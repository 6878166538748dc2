"""What is measured: the cells, and in which order the modes of one take turns."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.benchmark.settings import LoadSettings

NONE, SINGLE, BATCH = "none", "single", "batch"
SEARCH, PREDICT = "search", "predict"
# Of one mode's turn: long enough that clients work together, short enough that every mode meets the same machine.
TURN_SECONDS = 1.0
LEAST_ROUNDS = 10


@dataclass(frozen=True)
class Cell:
    """One combination that all modes are measured in.

    Attributes:
        path: `search` (the server highlights hits) or `predict` (the client sends texts).
        length: `short`, `long` or `mixed` documents.
        hits: documents a page.
        clients: that ask at the same time.
    """

    path: str
    length: str
    hits: int
    clients: int

    def as_dict(self) -> dict[str, Any]:
        """The four by name."""
        return {"path": self.path, "length": self.length, "hits": self.hits, "clients": self.clients}

    def __str__(self) -> str:
        """As it is shown while it runs."""
        return f"{self.path}, {self.length} documents, {self.hits} hits, {self.clients} clients"


class Turn(NamedTuple):
    """The queries, by number, that one mode asks before the next mode's turn."""

    mode: str
    queries: range


def cells_of(load: LoadSettings, lengths: Sequence[str], paths: Sequence[str]) -> list[Cell]:
    """All cells, those with few hits and clients first.

    Args:
        load: hits and clients.
        lengths: document lengths that the index has.
        paths: that the cluster can be measured on.
    """
    return [
        Cell(path, length, hits, clients)
        for path, length, hits, clients in product(paths, lengths, sorted(set(load.hits)), sorted(set(load.clients)))
    ]


def rounds_of(modes: Sequence[str], n_queries: int, turn: int, seed: int) -> Iterator[list[Turn]]:
    """Rounds in which each mode asks the same queries once; the order of the modes is drawn anew in each.

    Args:
        modes: that take turns.
        n_queries: queries in all.
        turn: queries of one turn.
        seed: of the order.
    """
    order = random.Random(seed)  # noqa: S311 - an order, not a secret
    for start in range(0, n_queries, turn):
        queries = range(start, min(start + turn, n_queries))
        yield [Turn(mode, queries) for mode in order.sample(list(modes), len(modes))]


def turn_size(n_queries: int, clients: int, slowest_seconds: float) -> int:
    """Queries of one turn: about a second's, at least one a client, and so few that there are ten rounds if possible.

    Args:
        n_queries: of the cell.
        clients: that ask at the same time.
        slowest_seconds: of one query, in the slowest mode.
    """
    in_time = int(TURN_SECONDS * clients / max(slowest_seconds, 1e-6))
    return max(clients, min(in_time, n_queries // LEAST_ROUNDS), 1)
