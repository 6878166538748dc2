"""How sure a mean over queries is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

RESAMPLES = 2_000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over queries and its 95 % interval."""

    value: float
    low: float
    high: float

    def as_dict(self) -> dict[str, float]:
        """The three numbers by name."""
        return asdict(self)


def mean_interval(values: Sequence[float], seed: int = 42, widest: tuple[float, float] = (0.0, 1.0)) -> Estimate:
    """Mean and bootstrap interval over queries; for a paired difference give the differences.

    Method: percentile bootstrap with 2,000 resamples; Sakai, "Evaluating evaluation metrics based on the bootstrap",
    SIGIR 2006.

    Args:
        values: one a query.
        seed: the same values and seed give the same interval.
        widest: all that a mean can be; the interval where there is one value, which tells nothing of others.
    """
    import numpy as np
    from scipy.stats import bootstrap

    sample = np.asarray(values, dtype=float)
    mean = float(sample.mean())
    if len(sample) == 1:
        return Estimate(mean, *widest)
    if bool((sample == sample[0]).all()):
        return Estimate(mean, mean, mean)
    found = bootstrap(
        (sample,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        vectorized=True,
        batch=100,
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Estimate(mean, float(found.low), float(found.high))
