"""What an application can tell of its highlighter."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from include.highlighting.metrics import HighlightingMetrics
from include.metrics.highlighting import highlighting_lines

AT = datetime(2026, 11, 22, tzinfo=UTC)
BEFORE = HighlightingMetrics(batch_calls=10, call_seconds=1.0, fallbacks=2)


def test_highlighting_lines_tell_what_came_since_the_last_reading() -> None:
    now = HighlightingMetrics(batch_calls=12, single_calls=2, call_seconds=1.2, fallbacks=5)

    [line] = highlighting_lines(BEFORE, now, "highlighter", "web-1", AT)

    found = json.loads(line)
    assert found["highlight_fallbacks"] == 3
    assert round(found["endpoint_latency_ms"]) == 50


def test_highlighting_lines_without_a_call_have_no_latency() -> None:
    [line] = highlighting_lines(BEFORE, BEFORE, "highlighter", "web-1", AT)

    assert "endpoint_latency_ms" not in line
