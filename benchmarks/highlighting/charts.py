"""Charts of the page that only the handler's part needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.report.charts import BLUE, GREEN, GREY, new_axes, svg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

COLOURS = {"single": BLUE, "padded": "#c05621", "batch": GREEN, "floor": GREY}
LABELS = {
    "single": "single calls",
    "padded": "naive padded batch",
    "batch": "our batch",
    "floor": "forward passes alone",
}


def handler_chart(cells: Sequence[dict[str, Any]], published_ms: float) -> str:
    """Milliseconds a document by documents a request, a line a system, with least and most as whiskers.

    Args:
        cells: of one length.
        published_ms: the published handler's, for a dotted line.
    """
    figure, axes = new_axes(4.4, 2.9)
    sizes = [cell["documents"] for cell in cells]
    for system, colour in COLOURS.items():
        found = [cell["systems"][system] for cell in cells]
        middle = [each["ms_per_document"] for each in found]
        below = [max(0.0, each["ms_per_document"] - each["least"]) for each in found]
        above = [max(0.0, each["most"] - each["ms_per_document"]) for each in found]
        axes.errorbar(
            sizes, middle, [below, above], label=LABELS[system], color=colour, marker="o", markersize=3.5, capsize=2
        )
    axes.axhline(published_ms, color="#c53030", linewidth=1, linestyle=":", label="published handler, batch, 1 thread")
    axes.set_xscale("log")
    axes.set_xticks(sizes, [str(size) for size in sizes])
    axes.minorticks_off()
    axes.set_ylim(bottom=0)
    axes.set_xlabel("documents a request", fontsize=8)
    axes.set_ylabel("ms a document", fontsize=8)
    axes.legend(fontsize=7, frameon=False)
    return svg_of(figure)
