"""The benchmark's result as one HTML page without scripts and without links to other files."""

from __future__ import annotations

from importlib import resources
from itertools import groupby
from typing import TYPE_CHECKING, Any

from include.benchmark.cells import BATCH, PREDICT, SEARCH, SINGLE
from include.benchmark.charts import LABELS, latency_chart, ratio_chart
from include.benchmark.published import ROWS, SETUP, SOURCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.benchmark.published import Published

NOTHING = "–"  # noqa: RUF001 - a dash, as the page's tables have it
PATHS = {SEARCH: "Highlighted by _search", PREDICT: "Highlighted by _predict"}


def render_benchmark(result: dict[str, Any]) -> str:
    """The page for a result of `include.benchmark.run.benchmark`."""
    return render(
        "benchmark.html",
        result=result,
        groups=[_group(result, key, list(cells)) for key, cells in groupby(result["cells"], _path_and_length)],
        published=[(row, _here(result["cells"], row)) for row in ROWS],
        reasons=list(_reasons(result["cells"])),
        paths=PATHS,
        labels=LABELS,
        source=SOURCE,
        setup=SETUP,
    )


def render(template: str, package: str = "include.benchmark", **values: Any) -> str:
    """A page with the benchmark's style and filters.

    Args:
        template: file of the package.
        package: that has the template.
        values: that the template uses.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": number, "ms": milliseconds, "ratio": ratio}
    css = resources.files("include.benchmark").joinpath("page.css").read_text("utf-8")
    text = resources.files(package).joinpath(template).read_text("utf-8")
    return environment.from_string(text).render(css=css, **values)


def number(value: Any) -> str:
    """With separators; fractions with as many digits as tell something."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() or value >= 100 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def milliseconds(value: Any) -> str:
    """Three digits or all before the point; a dash for what was not measured."""
    if not isinstance(value, int | float):
        return NOTHING
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def ratio(found: dict[str, Any] | None) -> str:
    """Value and interval."""
    if not found:
        return NOTHING
    if found["low"] is None:
        return f"{found['value']:.2f}"
    return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"


def _path_and_length(cell: dict[str, Any]) -> tuple[str, str]:
    return cell["path"], cell["length"]


def _group(result: dict[str, Any], key: tuple[str, str], cells: list[dict[str, Any]]) -> dict[str, Any]:
    path, length = key
    by_clients = {n: [cell for cell in cells if cell["clients"] == n] for n in sorted({c["clients"] for c in cells})}
    charts = [{"svg": latency_chart(part), "caption": _clients(n)} for n, part in by_clients.items()]
    if any(cell.get("single_over_batch") for cell in cells):
        lines = {_clients(n): part for n, part in by_clients.items()}
        charts.append({"svg": ratio_chart(lines), "caption": "How many times as long single takes, 95 % interval"})
    words = result["index"]["lengths"][length]
    return {"path": path, "length": length, "cells": cells, "charts": charts, "words": words}


def _clients(n: int) -> str:
    return "1 client" if n == 1 else f"{n} clients"


def _here(cells: Sequence[dict[str, Any]], row: Published) -> dict[str, float] | None:
    """The same cell of this benchmark, if it was measured by `_search`."""
    wanted = {"path": SEARCH, "length": row.length, "hits": row.hits, "clients": row.clients}
    cell = next((cell for cell in cells if wanted.items() <= cell.items()), None)
    if cell is None or any("highlighting_ms" not in cell["modes"].get(mode, {}) for mode in (SINGLE, BATCH)):
        return None
    single, batch = (cell["modes"][mode]["highlighting_ms"] for mode in (SINGLE, BATCH))
    return {"single": single, "batch": batch, "ratio": single / batch if batch > 0 else 0.0}


def _reasons(cells: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What went wrong, and what differed, once each."""
    wrong = [reason for cell in cells for mode in cell["modes"].values() for reason in mode["reasons"]]
    yield from dict.fromkeys(wrong)
    examples = [example for cell in cells for example in cell.get("parity", {}).get("examples", [])]
    yield from dict.fromkeys(
        f"{each['document']}: single {each['single']}, batch {each['batch']}" for each in examples[:3]
    )
