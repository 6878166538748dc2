"""What the highlighter did since it was made."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace


@dataclass
class HighlightingMetrics:
    """Counts since the highlighter was made.

    Attributes:
        searches: of `search` and `stream`.
        server_side_searches: of those, answered by the server's own highlighter, at least in part.
        items: texts that were to be highlighted, cached ones included.
        cache_hits: texts of `items` that were not asked about again.
        calls: of the model, in all; `batch_calls` and `single_calls` add up to it.
        batch_calls: with several texts, or one in the form of a batch.
        single_calls: with one text.
        call_seconds: time spent in calls, added up over those at the same time.
        fallbacks: times that single calls, or this client instead of the server, had to do.
        halvings: batches that failed and were cut in two.
        retries: calls repeated after 429 or 503.
        failed_items: texts without an answer.
    """

    searches: int = 0
    server_side_searches: int = 0
    items: int = 0
    cache_hits: int = 0
    batch_calls: int = 0
    single_calls: int = 0
    call_seconds: float = 0.0
    fallbacks: int = 0
    halvings: int = 0
    retries: int = 0
    failed_items: int = 0

    @property
    def calls(self) -> int:
        """Of the model."""
        return self.batch_calls + self.single_calls


class Counting:
    """Metrics that several threads add to."""

    def __init__(self) -> None:
        self._metrics = HighlightingMetrics()
        self._lock = threading.Lock()

    def add(self, **amounts: float) -> None:
        """Add to the counts of these names."""
        with self._lock:
            for name, amount in amounts.items():
                setattr(self._metrics, name, getattr(self._metrics, name) + amount)

    def read(self) -> HighlightingMetrics:
        """A copy that does not change any more."""
        with self._lock:
            return replace(self._metrics)
