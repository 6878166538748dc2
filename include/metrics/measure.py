"""One figure, with its unit and what it is of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

NAMESPACE = "OpenSearchFinetuning"
Unit = Literal["Count", "Seconds", "Milliseconds", "None"]
UNITS: dict[str, Unit] = {
    "documents": "Count",
    "pairs": "Count",
    "dropped_pairs": "Count",
    "train_loss": "None",
    "ndcg_at_10_base": "None",
    "ndcg_at_10_tuned": "None",
    "phase_seconds": "Seconds",
    "cost_usd": "None",
    "endpoint_latency_ms": "Milliseconds",
    "highlight_fallbacks": "Count",
    "failed_runs": "Count",
}
"""Every metric, and its unit; CloudWatch has none for money."""


@dataclass(frozen=True)
class Measure:
    """One value of a metric.

    Attributes:
        name: one of `UNITS`.
        value: in that unit.
        of: what it is of beside the model: `phase` or `reason`, and which.
    """

    name: str
    value: float
    of: tuple[tuple[str, str], ...] = ()
