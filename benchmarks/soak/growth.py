"""Whether a figure grows from run to run."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FLAT = 1.10


def growth(values: Sequence[float]) -> float | None:
    """Median of the last third over that of the first third; None for fewer than six values, or a first third of 0."""
    third = len(values) // 3
    if third < 2:
        return None
    first = statistics.median(values[:third])
    return statistics.median(values[-third:]) / first if first else None


def is_flat(values: Sequence[float]) -> bool:
    """Whether the last third is at most a tenth above the first."""
    ratio = growth(values)
    return ratio is None or ratio <= FLAT
