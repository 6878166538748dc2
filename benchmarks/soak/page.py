"""The page of a soak."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.soak.summary import WATCHED
from include.benchmark.render import render
from include.report.charts import new_axes, svg_of

if TYPE_CHECKING:
    from collections.abc import Mapping

COLOURS = ("#2b6cb0", "#38a169", "#8a94a0", "#b7791f", "#c53030")


def render_page(found: Mapping[str, Any]) -> str:
    """One HTML page without scripts and without links to other files."""
    charts = {
        "Memory, MiB (PSS)": _chart(found, "memory_mib"),
        "Open file handles": _chart(found, "handles"),
        "Seconds a run": _seconds(found),
    }
    return render("page.html", "benchmarks.soak", found=found, charts=charts)


def _chart(found: Mapping[str, Any], what: str) -> str:
    figure, axes = new_axes(7.4, 2.8)
    looks = [run["usage"] for run in found["runs"] if run["usage"] and run["kind"] != "at once"]
    for name, colour in zip(WATCHED, COLOURS, strict=True):
        axes.plot(range(1, len(looks) + 1), [look[what].get(name, 0) for look in looks], color=colour, label=name)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("run", fontsize=8)
    axes.legend(fontsize=7, frameon=False, loc="center left", bbox_to_anchor=(1, 0.5))
    return svg_of(figure)


def _seconds(found: Mapping[str, Any]) -> str:
    figure, axes = new_axes(7.4, 2.2)
    runs = [run for run in found["runs"] if run["kind"] != "at once"]
    for kind, colour in (("anew", COLOURS[0]), ("repeated", COLOURS[1])):
        points = [(place, run["seconds"]) for place, run in enumerate(runs, start=1) if run["kind"] == kind]
        axes.plot([place for place, _ in points], [seconds for _, seconds in points], "o", color=colour, label=kind)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("run", fontsize=8)
    axes.legend(fontsize=8, frameon=False)
    return svg_of(figure)
