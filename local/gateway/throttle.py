"""The rate limit of a model: a bucket of tokens that fills up with time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = {
    "NANOSECONDS": 1e-9,
    "MICROSECONDS": 1e-6,
    "MILLISECONDS": 1e-3,
    "SECONDS": 1,
    "MINUTES": 60,
    "HOURS": 3600,
    "DAYS": 86400,
}


class TokenBucket:
    """Lets `limit` requests through at once (at least one) and refills at `limit` a unit of time."""

    def __init__(self, limit: float, unit: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = limit / SECONDS[unit]
        self._burst = max(limit, 1)
        self._tokens = self._burst
        self._clock = clock
        self._since = clock()

    def take(self) -> bool:
        """Whether one more request may pass."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._since) * self._rate)
        self._since = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


def bucket(rate_limiter: dict[str, Any] | None) -> TokenBucket | None:
    """The bucket of a model's `rate_limiter`, None if it has none or only half of one."""
    if not rate_limiter or rate_limiter.get("limit") is None or rate_limiter.get("unit") is None:
        return None
    return TokenBucket(float(rate_limiter["limit"]), str(rate_limiter["unit"]))
