"""The load generator: the modes of a cell in turns, each with as many clients as the cell asks for."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from include.benchmark.cells import Turn, rounds_of, turn_size
from include.errors import FinetuneError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from include.benchmark.cells import Cell
    from include.benchmark.spans import Spans

log = logging.getLogger(__name__)

# Of a cell's time, the most that its warm-up may take.
WARM_UP_SHARE = 0.2


class Call(NamedTuple):
    """One query in one mode: how long it took, and the spans by document, or what went wrong."""

    query: int
    ms: float
    spans: Spans | None = None
    error: str | None = None


@dataclass
class Measured:
    """What a cell gave.

    Attributes:
        calls: by mode, in the order of the queries.
        seconds: by mode, wall time of its turns.
        complete: whether all queries were asked; else the time ran out.
    """

    calls: dict[str, list[Call]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    complete: bool = True


def measure(
    ask: Callable[[str, int], Spans],
    cell: Cell,
    modes: Sequence[str],
    n_queries: int,
    n_warm_up: int,
    limit_seconds: float,
    seed: int,
) -> Measured:
    """Ask every query in every mode, the modes in turns, so that whatever else the machines do meets all of them.

    Args:
        ask: asks one query in one mode; called from several threads.
        cell: number of clients.
        modes: that are compared.
        n_queries: asked and measured in each mode; counted from 0.
        n_warm_up: asked in each mode before, not measured.
        limit_seconds: no round begins later; the first always does.
        seed: of the order of the modes.
    """
    began = time.monotonic()
    found = Measured({mode: [] for mode in modes}, dict.fromkeys(modes, 0.0))
    with ThreadPoolExecutor(cell.clients) as pool:
        slowest = _warm_up(ask, pool, modes, n_warm_up, began + limit_seconds * WARM_UP_SHARE)
        size = turn_size(n_queries, cell.clients, slowest)
        for number, turns in enumerate(rounds_of(modes, n_queries, size, seed)):
            if number and time.monotonic() - began > limit_seconds:
                found.complete = False
                break
            for turn in turns:
                _take(turn, ask, pool, found)
    return found


def _take(turn: Turn, ask: Callable[[str, int], Spans], pool: ThreadPoolExecutor, found: Measured) -> None:
    started = time.perf_counter()
    found.calls[turn.mode] += pool.map(lambda query: _timed(ask, turn.mode, query), turn.queries)
    found.seconds[turn.mode] += time.perf_counter() - started


def _warm_up(
    ask: Callable[[str, int], Spans], pool: ThreadPoolExecutor, modes: Sequence[str], count: int, until: float
) -> float:
    """Asks every mode at least once, if any warm-up is wanted; the median seconds of a call in the slowest mode."""
    if not count:
        return float("inf")  # not known, so turns are as short as can be
    slowest = 0.0
    for mode in modes:
        calls: list[Call] = []
        while len(calls) < count and not (calls and time.monotonic() > until):
            calls.append(pool.submit(_timed, ask, mode, len(calls)).result())
        slowest = max(slowest, sorted(call.ms for call in calls)[len(calls) // 2] / 1000)
    return slowest


def _timed(ask: Callable[[str, int], Spans], mode: str, query: int) -> Call:
    from opensearchpy.exceptions import OpenSearchException

    started = time.perf_counter()
    try:
        spans = ask(mode, query)
    except (OpenSearchException, FinetuneError) as error:
        # What the cluster says may quote the query: the text of the error is for the result alone.
        log.warning("Query %d in mode %s failed: %s", query, mode, type(error).__name__)
        return Call(query, _ms_since(started), error=f"{type(error).__name__}: {error}"[:500])
    return Call(query, _ms_since(started), spans)


def _ms_since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
