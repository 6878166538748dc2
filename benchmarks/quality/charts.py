"""The page's chart: gains of all recipes on one collection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.report.charts import GREEN, GREY, new_axes, svg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

REFUSED = "#c53030"


def gain_chart(rows: Sequence[dict[str, Any]]) -> str:
    """Tuned minus base with its 95 % interval, a line a recipe; the colour is the gate's decision.

    Args:
        rows: of one collection.
    """
    figure, axes = new_axes(7.4, 0.34 * len(rows) + 0.8)
    for place, row in enumerate(reversed(rows)):
        low, high = row["interval"]
        colour = GREEN if row["gate"] == "promoted" else REFUSED
        axes.plot([low, high], [place, place], color=colour, linewidth=1.8)
        axes.plot(row["delta"], place, "o", color=colour, markersize=4.5)
    axes.axvline(0, color=GREY, linewidth=1)
    axes.set_yticks(range(len(rows)), [row["recipe"] for row in reversed(rows)], fontsize=8)
    axes.set_xlabel("nDCG@10, tuned minus base, with its 95 % interval", fontsize=8)
    return svg_of(figure)
