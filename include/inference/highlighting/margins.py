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
