"""Charts of the report as inline SVG."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY, BLUE, GREEN = "#8a94a0", "#2b6cb0", "#2f855a"
LIGHT_BLUE, LIGHT_GREEN, RED = "#4f83bd", "#4a9068", "#c53030"
COLOURS = {
    "bm25": GREY,
    "embedding": GREY,
    "base": BLUE,
    "base+bm25": LIGHT_BLUE,
    "tuned": GREEN,
    "tuned+bm25": LIGHT_GREEN,
}
_HYBRIDS = {"base+bm25": "base model + BM25", "tuned+bm25": "tuned model + BM25"}
LABELS = {
    "dense": {"bm25": "BM25", "base": "base model", "tuned": "tuned model", **_HYBRIDS},
    "sparse": {
        "bm25": "BM25",
        "base": "before training",
        "tuned": "tuned model",
        **_HYBRIDS,
        "base+bm25": "before training + BM25",
    },
    "highlighter": {
        "bm25": "BM25, best sentence",
        "embedding": "base model, nearest sentence",
        "base": "highlighter before tuning",
        "tuned": "tuned highlighter",
    },
}


def quality_chart(estimates: dict[str, dict[str, float]], measure: str, labels: dict[str, str]) -> str:
    """Bars with 95 % intervals, one a system.

    Args:
        estimates: by system `{"value", "low", "high"}` of one measure.
        measure: its name.
        labels: names of the systems.
    """
    figure, axes = new_axes(5.2, 0.55 * len(estimates) + 0.7)
    for place, (system, estimate) in enumerate(reversed(estimates.items())):
        # Rounding may put a bound of an interval without width on the wrong side.
        error = [[max(0.0, estimate["value"] - estimate["low"])], [max(0.0, estimate["high"] - estimate["value"])]]
        axes.barh(place, estimate["value"], color=COLOURS[system], height=0.62, xerr=error, capsize=3, ecolor="#222")
        axes.text(0.01, place, f"{labels[system]}  {estimate['value']:.3f}", color="white", va="center", fontsize=9)
    axes.set_xlim(0, 1)
    axes.set_yticks([])
    axes.set_xlabel(f"{measure}, with its 95 % interval")
    return svg_of(figure)


def gains_chart(gains: Sequence[float], measure: str, asked: str) -> str:
    """Each query's gain by tuning, from the largest loss to the largest gain; empty if there are no queries.

    Args:
        gains: sorted, tuned minus what it is compared with.
        measure: its name.
        asked: what the measure is of: `queries` or `questions`.
    """
    if not gains:
        return ""
    figure, axes = new_axes(5.2, 2.0)
    # The first query stands at the left edge and the last at the right one, however many there are.
    shares = [100 * place / max(1, len(gains) - 1) for place in range(len(gains))] if len(gains) > 1 else [0, 100]
    heights = list(gains) if len(gains) > 1 else [gains[0], gains[0]]
    for colour, part in (
        (GREEN, [max(0.0, gain) for gain in heights]),
        (RED, [min(0.0, gain) for gain in heights]),
    ):
        axes.fill_between(shares, part, color=colour, linewidth=0, step="mid")
    axes.axhline(0, color="#222", linewidth=0.8)
    axes.set_xlim(0, 100)
    axes.set_ylim(-1.02, 1.02)
    axes.set_xlabel(f"{asked}, sorted by gain (%)")
    axes.set_ylabel(f"gain in {measure}")
    return svg_of(figure)


def loss_chart(history: Sequence[dict[str, Any]]) -> str:
    """Training loss by step; empty if none was logged.

    Args:
        history: `{"step", "loss"}` in the order of the steps.
    """
    if not history:
        return ""
    figure, axes = new_axes(5.2, 2.2)
    axes.plot([entry["step"] for entry in history], [entry["loss"] for entry in history], color=GREEN, linewidth=1.6)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    axes.set_ylim(bottom=0)
    return svg_of(figure)


def new_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """An empty figure in the reports' style; width and height in inches."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def svg_of(figure: Figure) -> str:
    """The figure as an SVG element that can stand inside a page; the same figure gives the same text."""
    from matplotlib import rc_context

    target = io.StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "report"}):
        figure.savefig(target, format="svg", metadata={"Date": None})
    svg = target.getvalue()
    return svg[svg.index("<svg") :]
