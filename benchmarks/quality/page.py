"""The page of what was measured."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from benchmarks.quality.charts import gain_chart
from include.benchmark.render import render

if TYPE_CHECKING:
    from collections.abc import Sequence

SYSTEMS = {
    "bm25": "BM25",
    "base": "base",
    "rrf_base": "base + BM25",
    "tuned": "tuned",
    "rrf_tuned": "tuned + BM25",
}


def render_page(rows: Sequence[dict[str, Any]], machine: dict[str, Any], command: str) -> str:
    """One HTML page without scripts and without links to other files."""
    by_collection = sorted(rows, key=lambda row: _first(rows, row["collection"]))
    groups = [(name, list(found)) for name, found in groupby(by_collection, lambda row: row["collection"])]
    return render(
        "page.html",
        "benchmarks.quality",
        groups=[{"name": name, "rows": found, "chart": gain_chart(found)} for name, found in groups],
        systems=SYSTEMS,
        machine=machine,
        command=command,
        days=sorted({row["measured"] for row in rows}),
    )


def _first(rows: Sequence[dict[str, Any]], collection: str) -> int:
    return next(place for place, row in enumerate(rows) if row["collection"] == collection)
