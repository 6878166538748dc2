"""Charts of the benchmark's page as inline SVG."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.benchmark.cells import BATCH, NONE, SINGLE
from include.report.charts import BLUE, GREEN, GREY, new_axes, svg_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

COLOURS = {NONE: GREY, SINGLE: BLUE, BATCH: GREEN}
LABELS = {NONE: "search alone", SINGLE: "single", BATCH: "batch"}
LINE: dict[str, Any] = {"markersize": 4, "linewidth": 1.6, "capsize": 2}
MARKERS = {NONE: "o", SINGLE: "s", BATCH: "D"}


def latency_chart(cells: Sequence[dict[str, Any]]) -> str:
    """P50 by hits, a line a mode, both axes logarithmic; whiskers up to P90.

    Args:
        cells: of one path, document length and number of clients.
    """
    figure, axes = new_axes(4.6, 2.9)
    for mode in COLOURS:
        points = [(cell["hits"], cell["modes"][mode]) for cell in cells if "p50_ms" in cell["modes"].get(mode, {})]
        if points:
            hits, p50 = [hits for hits, _ in points], [found["p50_ms"] for _, found in points]
            above = [found["p90_ms"] - found["p50_ms"] for _, found in points]
            whiskers = [[0.0] * len(p50), above]
            axes.errorbar(hits, p50, whiskers, label=LABELS[mode], color=COLOURS[mode], marker=MARKERS[mode], **LINE)
    _hits_axis(axes, [cell["hits"] for cell in cells])
    axes.set_yscale("log")
    _plain_numbers(axes)
    axes.set_ylabel("ms a page, P50 (whisker: P90)", fontsize=8)
    axes.legend(fontsize=8, frameon=False)
    return svg_of(figure)


def ratio_chart(lines: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """How many times as long single takes, by hits, with 95 % intervals; a line a number of clients.

    Args:
        lines: by label, cells with `single_over_batch`.
    """
    figure, axes = new_axes(4.6, 2.9)
    shades = ("#9ae6b4", "#38a169", "#1c4532", "#8a94a0")
    for (label, cells), colour in zip(lines.items(), shades * len(lines), strict=False):
        points = [(cell["hits"], cell["single_over_batch"]) for cell in cells if cell.get("single_over_batch")]
        if points:
            values = [ratio["value"] for _, ratio in points]
            whiskers = [[_below(ratio) for _, ratio in points], [_above(ratio) for _, ratio in points]]
            hits = [hits for hits, _ in points]
            axes.errorbar(hits, values, whiskers, label=label, color=colour, marker="o", **LINE)
    axes.axhline(1, color="#222", linewidth=0.8, linestyle=":")
    _hits_axis(axes, [cell["hits"] for cells in lines.values() for cell in cells])
    axes.set_ylim(bottom=0)
    axes.set_ylabel("single ÷ batch (P50)", fontsize=8)
    axes.legend(fontsize=8, frameon=False)
    return svg_of(figure)


def _hits_axis(axes: Axes, hits: Sequence[int]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(sorted(set(hits)), [str(k) for k in sorted(set(hits))])
    axes.minorticks_off()
    axes.set_xlabel("documents a page", fontsize=8)


def _plain_numbers(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def _below(ratio: dict[str, Any]) -> float:
    return 0.0 if ratio["low"] is None else max(0.0, ratio["value"] - ratio["low"])


def _above(ratio: dict[str, Any]) -> float:
    return 0.0 if ratio["high"] is None else max(0.0, ratio["high"] - ratio["value"])
