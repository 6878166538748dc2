"""Part b: searches and predictions through OpenSearch, connector and endpoint, with the floor of the same pages beside.

The measuring is the package's own benchmark (include/benchmark); what is added is the floor, a mode like the others.
"""

from __future__ import annotations

import logging
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from benchmarks.highlighting.floor import FloorProcess
from benchmarks.highlighting.stack import INDEX, index_demo_corpus, register, remove, serve, server_pid
from include.benchmark.calls import Caller, Page, modes_of
from include.benchmark.cells import BATCH, NONE, PREDICT, SEARCH, Cell
from include.benchmark.load import measure
from include.benchmark.memory import process_memory
from include.benchmark.questions import as_terms
from include.benchmark.server import server_of
from include.benchmark.statistics import ratio_of_medians
from include.benchmark.summary import lost_highlights, summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.highlighting.stack import Stack
    from include.benchmark.load import Call, Measured
    from include.benchmark.spans import Spans

log = logging.getLogger(__name__)

NAME, FLOOR = "highlighter-bench", "floor"
HITS, CLIENTS = (1, 10, 50, 100, 200), (1, 4, 8)
QUESTIONS, MOST_QUERIES, BATCH_SIZE, SEED = 12, 200, 100, 42


def end_to_end(stack: Stack, model: Path, questions: Sequence[str], seconds: float, quick: bool) -> dict[str, Any]:
    """Cells as `include.benchmark` writes them, those of one client with the floor.

    Args:
        stack: to run it in.
        model: its folder.
        questions: judged queries of the demo corpus.
        seconds: for all cells together; each has one round in any case.
        quick: few and small cells, to try it out.
    """
    documents = index_demo_corpus(stack)
    serve(stack, model, NAME)
    model_id = register(stack, NAME)
    server = server_of(str(stack.opensearch.info()["version"]["number"]))
    caller = Caller(stack.opensearch, server, INDEX, "text", model_id, BATCH_SIZE, 300)
    pages = _full_pages(caller, questions, max(_hits(quick)))
    with FloorProcess(model) as floor:
        cells = [_cell(caller, cell, pages, floor, share) for cell, share in _shares(quick, seconds)]
    pid = server_pid(NAME)
    memory = process_memory(pid) if pid else {}
    remove(stack, NAME)
    return {
        "documents": documents,
        "questions": list(pages),
        "server": asdict(server),
        "cells": cells,
        "memory": memory,
        "lost_highlights": lost_highlights(cells),
    }


def _hits(quick: bool) -> tuple[int, ...]:
    return HITS[:2] if quick else HITS


def _shares(quick: bool, seconds: float) -> list[tuple[Cell, float]]:
    """The cells, and what of the time each has: more hits and more clients take longer."""
    clients = CLIENTS[:2] if quick else CLIENTS
    cells = [Cell(SEARCH, "mixed", hits, n) for n in clients for hits in _hits(quick)]
    cells += [Cell(PREDICT, "mixed", hits, 1) for hits in _hits(quick)]
    weights = [(cell.hits * cell.clients) ** 0.5 + 3 for cell in cells]
    return [(cell, seconds * weight / sum(weights)) for cell, weight in zip(cells, weights, strict=True)]


def _full_pages(caller: Caller, questions: Sequence[str], hits: int) -> dict[str, Page]:
    """Questions that find so many documents, with the documents."""
    found: dict[str, Page] = {}
    for question in as_terms(caller.client, INDEX, "text", questions):
        page = caller.page(question, hits)
        if len(page) == hits:
            found[question] = page
        if len(found) == QUESTIONS:
            break
    return found


def _cell(caller: Caller, cell: Cell, pages: dict[str, Page], floor: FloorProcess, seconds: float) -> dict[str, Any]:
    questions = list(pages)
    pages_of_cell = [page[: cell.hits] for page in pages.values()]
    modes = modes_of(cell.path, caller.server)
    if cell.clients == 1:
        floor.prepare([[(q, text) for _, text in page] for q, page in zip(questions, pages_of_cell, strict=True)])
        modes = [*modes, FLOOR]
    ask = _asker(caller, cell, questions, pages_of_cell, floor)
    warm_up = 2 if cell.hits <= HITS[1] else 1 if cell.hits == HITS[2] else 0
    measured = measure(ask, cell, modes, MOST_QUERIES, warm_up, seconds, SEED)
    found = summarize(cell, measured, SEED)
    if FLOOR in modes:
        found["batch_over_floor"] = _over_floor(measured)
    words = [len(text.split()) for page in pages_of_cell for _, text in page]
    found["words_mean"] = sum(words) / len(words)
    shown = ", ".join(f"{mode} {values.get('p50_ms', 0):.0f}" for mode, values in found["modes"].items())
    log.info("%s: P50 ms %s (n=%d)", cell, shown, found["modes"][BATCH]["n"])
    return found


def _asker(
    caller: Caller, cell: Cell, questions: Sequence[str], pages: Sequence[Page], floor: FloorProcess
) -> Callable[[str, int], Spans]:
    def ask(mode: str, query: int) -> Spans:
        number = query % len(questions)
        if mode == FLOOR:
            floor.run(number)
            return {}
        if cell.path == PREDICT:
            return caller.predict(mode, questions[number], pages[number])
        return caller.search(mode, questions[number], cell.hits)

    return ask


def _over_floor(measured: Measured) -> dict[str, Any] | None:
    """What the batch call takes beside the plain search, divided by the forward passes of the same page."""
    batch, floor = _by_query(measured.calls[BATCH]), _by_query(measured.calls[FLOOR])
    plain = _by_query(measured.calls.get(NONE, []))
    queries = sorted(batch.keys() & floor.keys())
    return ratio_of_medians(
        [batch[query] - plain.get(query, 0.0) for query in queries], [floor[query] for query in queries], SEED
    )


def _by_query(calls: Sequence[Call]) -> dict[int, float]:
    return {call.query: call.ms for call in calls if call.error is None}
