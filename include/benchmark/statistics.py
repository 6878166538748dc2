"""Percentiles, rates, and ratios with the interval that says how sure they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.evaluation.intervals import CONFIDENCE, RESAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

PERCENTILES = (50, 90, 99)
# Fewer pairs than this say nothing of the spread.
LEAST_PAIRS = 5


def latencies(times_ms: Sequence[float]) -> dict[str, float]:
    """`mean_ms`, `p50_ms`, `p90_ms`, `p99_ms`; empty if there are no times.

    Percentiles are linear between ranks. A P99 of less than 100 times is little more than the maximum: look at `n`.
    """
    if not times_ms:
        return {}
    import numpy as np

    found = np.percentile(times_ms, PERCENTILES)
    cuts = {f"p{percent}_ms": float(value) for percent, value in zip(PERCENTILES, found, strict=True)}
    return {"mean_ms": float(np.mean(times_ms)), **cuts}


def ratio_of_medians(above: Sequence[float], below: Sequence[float], seed: int = 42) -> dict[str, Any] | None:
    """Median of `above` divided by median of `below`, with its 95 % interval; None without pairs.

    Method: percentile bootstrap over pairs, 2,000 resamples: the same query in both modes is one pair, so what makes
    a query slow does not widen the interval.

    Args:
        above: milliseconds, one a query.
        below: of the same queries, in the same order.
        seed: the same times and seed give the same interval.

    Returns:
        `value`, `low`, `high` and `n`; `low` and `high` are None for fewer than five pairs.

    Raises:
        ValueError: not as many of one as of the other.
    """
    if len(above) != len(below):
        raise ValueError(f"above has {len(above)} times and below {len(below)}: they must be pairs.")
    if not above:
        return None
    import numpy as np

    pairs = np.array([above, below], dtype=float)
    value = float(np.median(pairs[0]) / np.median(pairs[1]))
    n = len(above)
    if n < LEAST_PAIRS:
        return {"value": value, "low": None, "high": None, "n": n}
    drawn = np.random.default_rng(seed).integers(0, n, size=(RESAMPLES, n))
    ratios = np.median(pairs[0][drawn], axis=1) / np.median(pairs[1][drawn], axis=1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(ratios, (tail, 1 - tail))
    return {"value": value, "low": float(low), "high": float(high), "n": n}
