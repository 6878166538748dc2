"""What the issue promises, held against what was measured."""

from __future__ import annotations

from typing import Any, NamedTuple


class Goal(NamedTuple):
    """One promise: the figure, what it must be, and whether it is (None: not measured)."""

    what: str
    goal: str
    measured: str
    met: bool | None


def goals_of(summary: dict[str, Any]) -> list[Goal]:
    """All promises for a CPU, in the issue's order."""
    published, over_floor = summary["published_over_batch"], summary["batch_call_over_floor"]
    paged = {k: value for k, value in over_floor.items() if int(k) >= 10 and value is not None}
    return [
        _at_most("handler's batch above the forward passes alone, worst cell", summary["handler_over_floor_max"], 1.10),
        _at_most("batch above single, ms a document, worst cell", summary["batch_over_single_max"], 1.0),
        _at_least("naive padded batch above ours, mixed lengths, least cell", summary["padded_over_batch_mixed"], 1.5),
        _at_least("published handler above ours, short documents", published.get("short"), 3.0),
        _at_least("published handler above ours, long documents", published.get("long"), 2.0),
        _at_least("published handler above ours, mixed documents", published.get("mixed"), 3.0),
        _at_most("batch call through OpenSearch above the floor, k ≥ 10", max(paged.values(), default=None), 1.1),
        _at_least("documents a second of 16 single clients, dynamic batching above none",
                  summary["dynamic_batching_rate_ratio"], 1.5),
        _at_most("P50 of one client, dynamic batching above none", summary["dynamic_batching_p50_ratio"], 1.1),
        _at_most("documents whose spans differ between single and batch", summary["span_mismatches"], 0),
        _at_most("cells in which batch lost highlights", summary["lost_highlights"], 0),
        _at_least("F1 on XQuAD with true offsets", summary["f1"], 0.81),
    ]  # fmt: skip


def _at_most(what: str, value: float | None, limit: float) -> Goal:
    return Goal(what, f"at most {limit:g}", _shown(value), None if value is None else value <= limit)


def _at_least(what: str, value: float | None, limit: float) -> Goal:
    return Goal(what, f"at least {limit:g}", _shown(value), None if value is None else value >= limit)


def _shown(value: float | None) -> str:
    return "not measured" if value is None else f"{value:.3g}" if isinstance(value, float) else f"{value:,}"
