"""What a highlighter did since it was made, for the application that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.metrics.emf import emf_lines
from include.metrics.measure import Measure

if TYPE_CHECKING:
    from datetime import datetime

    from include.highlighting.metrics import HighlightingMetrics


def highlighting_lines(
    before: HighlightingMetrics, now: HighlightingMetrics, model_name: str, source: str, at: datetime
) -> list[str]:
    """Fall-backs, and the mean time of a call, between two readings of `SemanticHighlighter.metrics`, as EMF lines.

    Args:
        before: the reading before.
        now: the newest one.
        model_name: of the model that highlights.
        source: which process tells, to be searched for.
        at: when `now` was read.
    """
    calls = now.calls - before.calls
    seconds = now.call_seconds - before.call_seconds
    latency = [Measure("endpoint_latency_ms", 1_000 * seconds / calls)] if calls else []
    return emf_lines(
        [Measure("highlight_fallbacks", now.fallbacks - before.fallbacks), *latency], model_name, source, at
    )
