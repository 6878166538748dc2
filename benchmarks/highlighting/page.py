"""The page of what was measured."""

from __future__ import annotations

from typing import Any

from benchmarks.highlighting.charts import handler_chart
from benchmarks.highlighting.goals import goals_of
from benchmarks.highlighting.summary import PUBLISHED_HANDLER
from include.benchmark.cells import SEARCH
from include.benchmark.charts import latency_chart, ratio_chart
from include.benchmark.published import ROWS, SETUP, SOURCE
from include.benchmark.render import render


def render_page(result: dict[str, Any]) -> str:
    """One HTML page without scripts and without links to other files."""
    parts = result["parts"]
    return render(
        "page.html",
        "benchmarks.highlighting",
        result=result,
        goals=goals_of(result["summary"]),
        handler=_handler(parts["handler"]) if "handler" in parts else None,
        end_to_end=_end_to_end(parts["end_to_end"]) if "end_to_end" in parts else None,
        dynamic=parts.get("dynamic"),
        spans=parts.get("spans"),
        published=ROWS,
        source=SOURCE,
        setup=SETUP,
    )


def _handler(part: dict[str, Any]) -> dict[str, Any]:
    by_kind = {kind: [cell for cell in part["cells"] if cell["kind"] == kind] for kind in PUBLISHED_HANDLER}
    charts = [
        {"svg": handler_chart(cells, PUBLISHED_HANDLER[kind]), "caption": f"{kind} documents"}
        for kind, cells in by_kind.items()
    ]
    return {**part, "cells": [cell for cells in by_kind.values() for cell in cells], "charts": charts}


def _end_to_end(part: dict[str, Any]) -> dict[str, Any]:
    searched = [cell for cell in part["cells"] if cell["path"] == SEARCH]
    by_clients = {
        n: [cell for cell in searched if cell["clients"] == n] for n in sorted({c["clients"] for c in searched})
    }
    charts = [{"svg": latency_chart(cells), "caption": _clients(n)} for n, cells in by_clients.items()]
    lines = {_clients(n): cells for n, cells in by_clients.items()}
    charts.append({"svg": ratio_chart(lines), "caption": "How many times as long single takes, 95 % interval"})
    words = [cell["words_mean"] for cell in searched]
    return {**part, "charts": charts, "words": sum(words) / len(words)}


def _clients(n: int) -> str:
    return "1 client" if n == 1 else f"{n} clients"
