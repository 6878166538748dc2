"""The whole benchmark: from a cluster and settings to a result that can be written down."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.benchmark.calls import Caller, modes_of
from include.benchmark.cells import PREDICT, SEARCH, cells_of
from include.benchmark.documents import LengthClass, classes_of, sample
from include.benchmark.load import measure
from include.benchmark.questions import as_terms, questions_of_documents
from include.benchmark.server import check_factory, server_of
from include.benchmark.summary import lost_highlights, summarize
from include.errors import TerminalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opensearchpy import OpenSearch

    from include.benchmark.cells import Cell
    from include.benchmark.server import Server
    from include.benchmark.settings import BenchmarkSettings
    from include.benchmark.spans import Spans

log = logging.getLogger(__name__)


def benchmark(
    client: OpenSearch,
    settings: BenchmarkSettings,
    questions: Sequence[str] = (),
    memory: Callable[[datetime, datetime], dict[str, float]] | None = None,
) -> dict[str, Any]:
    """Measure single against batch highlighting on the user's own index.

    Args:
        client: of the cluster; its retries are off while it is measured, so that an error is an error.
        settings: what is measured; `place` is not read.
        questions: to ask; none: they are taken from documents of the index.
        memory: of the model's server between two times, asked once at the end.

    Returns:
        What `result.json` holds: `server`, `index`, `questions`, `cells`, `parity`, `memory`, `verdict`, `settings`.

    Raises:
        TerminalError: the cluster cannot highlight so, or the index has no such text.
    """
    started = datetime.now(UTC)
    began = time.monotonic()
    cluster, load = settings.cluster, settings.load
    server = server_of(str(client.info()["version"]["number"]))
    if SEARCH in load.paths and server.batch != "none":
        check_factory(client)
    documents = sample(client, str(cluster.index_name), cluster.text_field, load.sampled_documents, load.seed)
    classes = classes_of(documents, load.document_lengths)
    asked = list(questions) or questions_of_documents(documents, load.measured_queries, load.seed)
    asked = asked[: load.measured_queries]
    terms = as_terms(client, str(cluster.index_name), cluster.text_field, asked)
    with _without_retries(client):
        cells, skipped = _measure_all(client, settings, server, classes, terms)
    ended = datetime.now(UTC)
    return {
        "benchmark": "highlighting",
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - began, 1),
        "server": {"version": server.version, "batch": server.batch},
        "index": {"sampled": len(documents), "lengths": {name: kind.as_dict() for name, kind in classes.items()}},
        "questions": {"n": len(terms), "from": "given" if questions else "documents", "examples": terms[:3]},
        "cells": cells,
        "skipped": skipped,
        "parity": _parity(cells),
        "memory": memory(started, ended) if memory else {},
        "verdict": _verdict(cells, skipped),
        "settings": settings.model_dump(mode="json"),
    }


def check_verdict(result: dict[str, Any]) -> None:
    """Nothing, if batch mode returned every highlight that single mode did.

    Raises:
        TerminalError: it returned fewer, or there were none at all.
    """
    if result["verdict"]["passed"]:
        return
    raise TerminalError(
        "The benchmark failed: " + "\n".join(result["verdict"]["reasons"]) + "\nLook at the reasons of the cells in "
        "result.json and at the endpoint's log; do not switch to batch highlighting before this is mended."
    )


def _verdict(cells: Sequence[dict[str, Any]], skipped: Sequence[str]) -> dict[str, Any]:
    reasons = lost_highlights(cells) if cells else [f"No cell could be measured. {' '.join(skipped)}"]
    return {"passed": not reasons, "reasons": reasons}


def _measure_all(
    client: OpenSearch,
    settings: BenchmarkSettings,
    server: Server,
    classes: dict[str, LengthClass],
    questions: Sequence[str],
) -> tuple[list[dict[str, Any]], list[str]]:
    load, cluster = settings.load, settings.cluster
    caller = Caller(
        client,
        server,
        str(cluster.index_name),
        cluster.text_field,
        str(cluster.model_id),
        load.batch_size,
        load.request_seconds,
    )
    cells, skipped = [], []
    wanted = cells_of(load, list(classes), list(dict.fromkeys(load.paths)))
    for number, cell in enumerate(wanted, start=1):
        kind = classes[cell.length]
        if kind.ids and len(kind.ids) < cell.hits:
            skipped.append(f"{cell}: only {len(kind.ids)} {cell.length} documents are known; raise sampled_documents.")
            continue
        found = _measure(caller, cell, kind, questions, settings)
        cells.append(found)
        log.info("Cell %d of %d, %s: %s", number, len(wanted), cell, _told(found))
    return cells, skipped


def _measure(
    caller: Caller, cell: Cell, kind: LengthClass, questions: Sequence[str], settings: BenchmarkSettings
) -> dict[str, Any]:
    load = settings.load
    measured = measure(
        _asker(caller, cell, kind, questions),
        cell,
        modes_of(cell.path, caller.server),
        load.measured_queries,
        load.warmup_queries,
        load.cell_seconds,
        load.seed,
    )
    return summarize(cell, measured, load.seed)


def _asker(caller: Caller, cell: Cell, kind: LengthClass, questions: Sequence[str]) -> Callable[[str, int], Spans]:
    """Asks a query by its number; they begin anew where there are fewer questions than queries."""
    if cell.path != PREDICT:
        return lambda mode, query: caller.search(mode, questions[query % len(questions)], cell.hits, kind.ids)
    pages = [caller.page(question, cell.hits, kind.ids) for question in questions]

    def predict(mode: str, query: int) -> Spans:
        number = query % len(questions)
        return caller.predict(mode, questions[number], pages[number])

    return predict


def _parity(cells: Sequence[dict[str, Any]]) -> dict[str, int]:
    found = [cell["parity"] for cell in cells if "parity" in cell]
    return {key: sum(parity[key] for parity in found) for key in ("documents", "differing")}


def _told(cell: dict[str, Any]) -> str:
    return ", ".join(
        f"{mode} P50 {found.get('p50_ms', 0):.1f} ms (n={found['n']}, {found['errors']} errors)"
        for mode, found in cell["modes"].items()
    )


@contextmanager
def _without_retries(client: OpenSearch) -> Iterator[None]:
    transport = client.transport
    kept = transport.max_retries
    transport.max_retries = 0
    try:
        yield
    finally:
        transport.max_retries = kept
