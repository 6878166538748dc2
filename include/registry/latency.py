"""How fast a deployed model answers, as users will ask it."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED = {"question": "how fast does it answer", "context": "It answers within a few milliseconds."}
TIMES = 5


def latency_ms(ask: Callable[[], object], times: int = TIMES) -> float:
    """Median time that one question takes, asked a few times one after the other, in milliseconds.

    Args:
        ask: one prediction of one text, by ML Commons and the endpoint behind it, which has answered before.
        times: how often it is asked.
    """
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        ask()
        taken.append(time.perf_counter() - began)
    return 1_000 * statistics.median(taken)
