"""How well predicted sentences agree with the marked ones."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

DRAWS, CONFIDENCE = 2_000, 0.95


@dataclasses.dataclass(frozen=True)
class Quality:
    """Agreement over a set of questions.

    Attributes:
        precision: share of the predicted sentences that are marked, over all questions together (micro).
        recall: share of the marked sentences that are predicted, likewise.
        f1: their harmonic mean. Where each question has one marked and one predicted sentence it is the share of the
            questions that are answered right.
        f1_low, f1_high: 95 % bootstrap interval of f1 over questions.
        f1_mean: mean of each question's own f1; 1 where nothing is marked and nothing predicted (macro).
        nothing_accuracy: share of the questions with nothing marked for which nothing is predicted; None without such.
        n: questions.
        n_nothing: of them, those with nothing marked.
    """

    precision: float
    recall: float
    f1: float
    f1_low: float
    f1_high: float
    f1_mean: float
    nothing_accuracy: float | None
    n: int
    n_nothing: int


@dataclasses.dataclass(frozen=True)
class Difference:
    """f1 of one system less that of another on the same questions, with its 95 % paired bootstrap interval."""

    f1: float
    low: float
    high: float


def counts(gold: Sequence[Sequence[int]], predicted: Sequence[Sequence[int]]) -> np.ndarray:
    """Sentences right, predicted and marked of each question: int64, shape (questions, 3)."""
    rows = [(len(set(g) & set(p)), len(set(p)), len(set(g))) for g, p in zip(gold, predicted, strict=True)]
    return np.asarray(rows, dtype=np.int64).reshape(len(rows), 3)


def quality(counted: np.ndarray, seed: int) -> Quality:
    """The measures of a system, from its `counts`; the same seed gives the same interval."""
    right, predicted, marked = counted.sum(axis=0)
    low, high = _interval(_drawn(counted, seed))
    nothing = counted[:, 2] == 0
    return Quality(
        precision=round(float(right / max(predicted, 1)), 4),
        recall=round(float(right / max(marked, 1)), 4),
        f1=round(float(_f1(counted.sum(axis=0))), 4),
        f1_low=low,
        f1_high=high,
        f1_mean=round(float(_own_f1(counted).mean()), 4) if len(counted) else 0.0,
        nothing_accuracy=round(float((counted[nothing, 1] == 0).mean()), 4) if nothing.any() else None,
        n=len(counted),
        n_nothing=int(nothing.sum()),
    )


def difference(counted: np.ndarray, baseline: np.ndarray, seed: int) -> Difference:
    """By how much the first system's f1 is above the second's; both `counts` of the same questions in one order."""
    low, high = _interval(_drawn(counted, seed) - _drawn(baseline, seed))
    return Difference(round(float(_f1(counted.sum(axis=0)) - _f1(baseline.sum(axis=0))), 4), low, high)


def _f1(totals: np.ndarray) -> np.ndarray:
    """2 * right / (predicted + marked), of the last axis."""
    return np.asarray(2 * totals[..., 0] / np.maximum(totals[..., 1] + totals[..., 2], 1))


def _own_f1(counted: np.ndarray) -> np.ndarray:
    return np.where(counted[:, 1:].sum(axis=1) == 0, 1.0, _f1(counted))


def _drawn(counted: np.ndarray, seed: int) -> np.ndarray:
    """f1 of each bootstrap sample of questions; one seed draws the same samples for every system."""
    draw = np.random.default_rng(seed)
    number = len(counted)
    if not number:
        return np.zeros(1)
    return np.asarray([_f1(counted[draw.integers(number, size=number)].sum(axis=0)) for _ in range(DRAWS)])


def _interval(values: np.ndarray) -> tuple[float, float]:
    tail = 100 * (1 - CONFIDENCE) / 2
    low, high = np.percentile(values, [tail, 100 - tail])
    return round(float(low), 4), round(float(high), 4)
