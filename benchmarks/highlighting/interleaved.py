"""Systems timed in turns."""

from __future__ import annotations

import random
import statistics
import time
from typing import TYPE_CHECKING, Any

from include.benchmark.statistics import ratio_of_medians

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def timed(
    systems: Mapping[str, Callable[[], object]], seconds: float, least_rounds: int = 2, seed: int = 42
) -> dict[str, list[float]]:
    """Milliseconds of each system, one a round; in each round every system runs once, in an order drawn anew.

    Args:
        systems: by name.
        seconds: no round begins later, except for the least number.
        least_rounds: rounds in any case.
        seed: of the order.
    """
    order = random.Random(seed)  # noqa: S311 - an order, not a secret
    times: dict[str, list[float]] = {name: [] for name in systems}
    began, rounds = time.monotonic(), 0
    while rounds < least_rounds or time.monotonic() - began < seconds:
        for name in order.sample(list(systems), len(systems)):
            started = time.perf_counter()
            systems[name]()
            times[name].append((time.perf_counter() - started) * 1000)
        rounds += 1
    return times


def per_document(times: Mapping[str, list[float]], documents: int) -> dict[str, dict[str, float]]:
    """Median, least and most milliseconds a document of each system."""
    return {
        name: {
            "ms_per_document": statistics.median(found) / documents,
            "least": min(found) / documents,
            "most": max(found) / documents,
        }
        for name, found in times.items()
    }


def ratios(times: Mapping[str, list[float]], wanted: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Ratios of medians with their intervals: by name, which system is divided by which."""
    return {name: ratio_of_medians(times[above], times[below]) for name, (above, below) in wanted.items()}
