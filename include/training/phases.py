"""Names the phase a job is in, in the log, and keeps how long each took."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import logging
import time
from typing import TYPE_CHECKING

from .metrics import phase_line

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)


class Phases:
    """Seconds of every finished phase, in the order they ran."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Times what runs inside and adds it to `seconds[name]`."""
        started = time.monotonic()
        yield
        self.seconds[name] = round(self.seconds.get(name, 0.0) + time.monotonic() - started, 2)
        logger.info("phase=%s seconds=%.1f", name, self.seconds[name])
        _release_memory()

    def progress(self, name: str, done: int, of: int) -> None:
        """Logs how far a phase is."""
        logger.info("%s", phase_line(name, done, of))


def _release_memory() -> None:
    """Gives back what a phase leaves behind: else the next one's peak stands on it (measured: 0.2 GiB of 2)."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
