"""Where rounding could decide what is highlighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from .classifier import Options

# The steepest that the sigmoid is.
_SLOPE = 0.25


def is_certain(probabilities: np.ndarray, options: Options, tolerance: float) -> bool:
    """Whether the same sentences are chosen whatever each logit is changed by, up to `tolerance`.

    Args:
        probabilities: of a document's sentences.
        options: their thresholds.
        tolerance: of a sentence's logit.
    """
    if not len(probabilities):
        return True
    margin = tolerance * _SLOPE
    if (np.abs(probabilities - options.threshold) <= margin).any():
        return False
    best = probabilities.max()
    if best >= options.threshold:
        return True
    if abs(best - options.fallback_threshold) <= margin:
        return False
    return bool(best < options.fallback_threshold or (probabilities >= best - 2 * margin).sum() == 1)


def clearness(probabilities: np.ndarray, options: Options) -> float:
    """By how much the probabilities may change before another sentence is chosen; -1 where none is chosen at all.

    Args:
        probabilities: of a document's sentences.
        options: their thresholds.
    """
    if not len(probabilities) or probabilities.max() < options.fallback_threshold:
        return -1.0
    nearest = float(np.abs(probabilities - options.threshold).min())
    ordered = np.sort(probabilities)
    if ordered[-1] >= options.threshold:
        return nearest
    # The best one alone is chosen: it must stay the best, and above the lower threshold.
    lead = float(ordered[-1] - ordered[-2]) / 2 if len(ordered) > 1 else 1.0
    return min(nearest, lead, float(ordered[-1]) - options.fallback_threshold)
