"""Could the difference between two systems be luck? The paired randomisation test."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

FLIPS = 10_000
# All 2^n ways to flip n signs are tried up to here: the p-value is exact.
EXACT_QUERIES = 13
VALUES_AT_A_TIME = 2_000_000
ROUNDING = 1e-12


def paired_p_value(differences: Sequence[float], seed: int = 42) -> float:
    """Two-sided p-value of the paired randomisation test: how often luck alone gives a mean as far from 0.

    If both systems are equally good, each query's difference might as well have the other sign. Signs are flipped in
    all ways up to 13 queries, and 10,000 times at random beyond; no normal distribution is assumed. Smucker, Allan and
    Carterette, "A comparison of statistical significance tests for information retrieval evaluation", CIKM 2007.

    Args:
        differences: one a query.
        seed: the same differences and seed give the same value.

    Returns:
        From 0 (excluded) to 1; 1 where no query differs, and nan where a difference is not a number. With n queries
        no value below 2 / 2^n is possible.
    """
    import numpy as np

    sample = np.asarray(differences, dtype=float)
    if not np.isfinite(sample).all():
        return float("nan")
    sample = sample[sample != 0]  # a 0 is the same with either sign
    if not len(sample):
        return 1.0
    # Not the mean but the sum, and of the flipped ones twice: the same order with less arithmetic.
    least = abs(sample.sum()) - ROUNDING
    if len(sample) <= EXACT_QUERIES:
        every = np.arange(2 ** len(sample))[:, None] >> np.arange(len(sample)) & 1
        return float(np.mean(_as_far(sample, every, least)))
    generator = np.random.default_rng(seed)
    at_a_time = max(1, VALUES_AT_A_TIME // len(sample))
    as_far = 0
    for start in range(0, FLIPS, at_a_time):
        shape = (min(at_a_time, FLIPS - start), len(sample))
        as_far += int(_as_far(sample, generator.integers(0, 2, shape, dtype=np.int8), least).sum())
    return (1 + as_far) / (1 + FLIPS)  # the order that was seen is one of those that luck gives


def _as_far(sample: np.ndarray, flips: np.ndarray, least: float) -> np.ndarray:
    """For each row of flips, whether the flipped sum is as far from 0."""
    found: np.ndarray = abs(sample.sum() - 2 * (flips @ sample)) >= least
    return found
