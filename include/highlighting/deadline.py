"""The time that a request may take."""

from __future__ import annotations

import time


class Deadline:
    """A point in time, some seconds from now.

    Args:
        seconds: from now.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._started = time.monotonic()

    @property
    def elapsed(self) -> float:
        """Seconds since it was made."""
        return time.monotonic() - self._started

    @property
    def remaining(self) -> float:
        """Seconds that are left, 0 if none."""
        return max(0.0, self.seconds - self.elapsed)
