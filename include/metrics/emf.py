"""Measures as documents of CloudWatch's Embedded Metric Format: CloudWatch Logs makes metrics of them.

Specification: "CloudWatch Logs, Specification: Embedded metric format", Amazon CloudWatch user guide.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from include.metrics.measure import NAMESPACE, UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from include.metrics.measure import Measure

MODEL = "model_name"


def emf_lines(measures: Iterable[Measure], model_name: str, run: str, at: datetime) -> list[str]:
    """One line of JSON for each set of dimensions: `model_name`, and `phase` or `reason` where a measure has one.

    Args:
        measures: what is not a finite number is left out, as CloudWatch takes no other.
        model_name: of the model.
        run: goes into each document, to be searched for; it is no dimension, which would be a metric a run.
        at: when it was measured; CloudWatch takes nothing that is older than two weeks.
    """
    grouped: dict[tuple[tuple[str, str], ...], dict[str, float]] = {}
    for measure in measures:
        if math.isfinite(measure.value):
            grouped.setdefault(measure.of, {})[measure.name] = measure.value
    return [json.dumps(_document({MODEL: model_name, **dict(of)}, found, run, at)) for of, found in grouped.items()]


def _document(dimensions: dict[str, str], values: dict[str, float], run: str, at: datetime) -> dict[str, Any]:
    metrics = [{"Name": name, "Unit": UNITS[name]} for name in values]
    directive = {"Namespace": NAMESPACE, "Dimensions": [list(dimensions)], "Metrics": metrics}
    return {
        "_aws": {"Timestamp": round(at.timestamp() * 1_000), "CloudWatchMetrics": [directive]},
        "run": run,
        **dimensions,
        **values,
    }
