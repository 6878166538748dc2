"""Making one score of several, step by step in 32-bit floats as neural search does.

A list of scores belongs to one sub-query on one shard, best first; a shard has one list a sub-query. Minima, norms and
means go over the lists of all shards; ranks are those of a shard.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from local.gateway.errors import refuse
from local.gateway.java.floats import shown, single

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# What the lowest score of a list becomes: not nothing, it was a match.
LOWEST = single(0.001)
HIGHEST = 1.0
_LARGEST = single(3.4028234663852886e38)
_SMALLEST = single(1.401298464324817e-45)
Shard = list[list[float]]


class Bound(NamedTuple):
    """A limit of `min_max` for one sub-query: `apply`, `clip` or `ignore`, and the score."""

    mode: str
    score: float


@dataclass(frozen=True)
class Fusion:
    """How scores become one: the techniques of a processor and their parameters."""

    normalization: str = "min_max"
    combination: str = "arithmetic_mean"
    weights: tuple[float, ...] = ()
    rank_constant: int = 60
    lower_bounds: tuple[Bound, ...] | None = None
    upper_bounds: tuple[Bound, ...] | None = None

    def normalized(self, shards: Sequence[Shard]) -> list[Shard]:
        """The scores made comparable, each in its place.

        Raises:
            OpenSearchError: 400, bounds that do not fit the sub-queries.
        """
        return NORMALIZATIONS[self.normalization](self, shards)

    def combined(self, scores: Sequence[float]) -> float:
        """One score of a hit's normalized ones; 0 stands for a sub-query that did not find it.

        Raises:
            OpenSearchError: 400, weights that do not fit the sub-queries.
        """
        if self.weights and len(self.weights) != len(scores):
            raise refuse("hybrid_weights_number", weights=len(self.weights), queries=len(scores))
        weights = self.weights or (1.0,) * len(scores)
        return COMBINATIONS[self.combination](scores, weights)

    def described_normalization(self) -> str:
        """The technique as an explanation names it."""
        if self.normalization == "rrf":
            return f"rrf, rank_constant [{self.rank_constant}]"
        bounds = _described("lower", self.lower_bounds) + _described("upper", self.upper_bounds)
        return self.normalization + bounds

    def described_combination(self) -> str:
        """The technique and its weights as an explanation names them."""
        if not self.weights or self.combination == "rrf":
            return self.combination
        return f"{self.combination}, weights [{', '.join(str(shown(weight)) for weight in self.weights)}]"


def _described(side: str, bounds: tuple[Bound, ...] | None) -> str:
    if bounds is None:
        return ""
    return f", {side} bounds [{', '.join(f'({bound.mode}, {shown(bound.score)})' for bound in bounds)}]"


def _of_sub_query(shards: Sequence[Shard], number: int) -> list[float]:
    return [score for shard in shards if shard for score in shard[number]]


def _each(shards: Sequence[Shard], normalize: Callable[[int], Callable[[float], float]]) -> list[Shard]:
    """Every score put through the function that `normalize` makes for its sub-query."""
    count = max((len(shard) for shard in shards), default=0)
    functions = [normalize(number) for number in range(count)]
    return [[list(map(functions[number], scores)) for number, scores in enumerate(shard)] for shard in shards]


def _min_max(fusion: Fusion, shards: Sequence[Shard]) -> list[Shard]:
    count = max((len(shard) for shard in shards), default=0)
    for bounds in (fusion.lower_bounds, fusion.upper_bounds):
        if bounds is not None and count and len(bounds) != count:
            raise refuse("hybrid_bounds_number", queries=count)

    def normalize(number: int) -> Callable[[float], float]:
        scores = _of_sub_query(shards, number)
        low, high = min(scores, default=_LARGEST), max([_SMALLEST, *scores])
        lower = fusion.lower_bounds[number] if fusion.lower_bounds else None
        upper = fusion.upper_bounds[number] if fusion.upper_bounds else None
        return lambda score: _between(score, low, high, lower, upper)

    return _each(shards, normalize)


def _between(score: float, low: float, high: float, lower: Bound | None, upper: Bound | None) -> float:
    if low == high == score:
        return HIGHEST
    bottom, top = _bottom(score, low, high, lower), _top(score, low, high, upper)
    if lower and lower.mode == "clip" and score < bottom:
        return LOWEST
    if (upper and upper.mode == "clip" and score > top) or top == bottom:
        return HIGHEST
    return single(single(score - bottom) / single(top - bottom)) or LOWEST


def _bottom(score: float, low: float, high: float, bound: Bound | None) -> float:
    if bound is None or bound.mode == "ignore":
        return low
    holds = high >= bound.score if bound.mode == "clip" else high > bound.score and score > bound.score
    return bound.score if holds else low


def _top(score: float, low: float, high: float, bound: Bound | None) -> float:
    if bound is None or bound.mode == "ignore":
        return high
    holds = low <= bound.score if bound.mode == "clip" else low < bound.score and score < bound.score
    return bound.score if holds else high


def _l2(fusion: Fusion, shards: Sequence[Shard]) -> list[Shard]:
    def normalize(number: int) -> Callable[[float], float]:
        squares = 0.0
        for score in _of_sub_query(shards, number):
            squares = single(squares + single(score * score))
        norm = single(math.sqrt(squares))
        return lambda score: single(score / norm) if norm else 0.0

    return _each(shards, normalize)


def _z_score(fusion: Fusion, shards: Sequence[Shard]) -> list[Shard]:
    def normalize(number: int) -> Callable[[float], float]:
        scores = _of_sub_query(shards, number)
        mean, deviation = _mean_and_deviation(scores)
        high, low = max(scores, default=math.nan), min(scores, default=math.nan)
        return lambda score: _standard(score, mean, deviation, high, low)

    return _each(shards, normalize)


def _standard(score: float, mean: float, deviation: float, high: float, low: float) -> float:
    """How many deviations above the mean; not the 0 of the textbook at the mean, but the best score as it was."""
    if score == mean:
        return high
    if deviation == 0:
        return low
    distance = single(single(score - mean) / deviation)
    return distance if distance > 0 else LOWEST


def _mean_and_deviation(scores: list[float]) -> tuple[float, float]:
    """Mean and deviation of a sample, in the two passes of Apache Commons Math."""
    count = len(scores)
    if count == 0:
        return math.nan, math.nan
    rough = sum(scores) / count
    mean = rough + sum(score - rough for score in scores) / count
    if count == 1:
        return single(mean), 0.0
    drift = sum(score - mean for score in scores)
    squares = sum((score - mean) * (score - mean) for score in scores)
    return single(mean), single(math.sqrt((squares - drift * drift / count) / (count - 1)))


def _reciprocal_rank(fusion: Fusion, shards: Sequence[Shard]) -> list[Shard]:
    # Ten decimals, then 32 bits.
    def score(rank: int) -> float:
        return single(round(1 / (fusion.rank_constant + rank), 10))

    return [[[score(rank) for rank in range(1, len(scores) + 1)] for scores in shard] for shard in shards]


def _arithmetic(scores: Sequence[float], weights: Sequence[float]) -> float:
    total, divisor = _weighted(scores, weights)
    return single(total / divisor) if divisor else 0.0


def _sum(scores: Sequence[float], weights: Sequence[float]) -> float:
    total, divisor = _weighted(scores, weights)
    return total if divisor else 0.0


def _weighted(scores: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    total = divisor = 0.0
    for score, weight in zip(scores, weights, strict=True):
        if score >= 0:
            total = single(total + single(score * weight))
            divisor = single(divisor + weight)
    return total, divisor


def _geometric(scores: Sequence[float], weights: Sequence[float]) -> float:
    logarithms = divisor = 0.0
    for score, weight in zip(scores, weights, strict=True):
        if score > 0:
            divisor = single(divisor + weight)
            logarithms = single(logarithms + weight * math.log(score))
    return single(math.exp(single(logarithms / divisor))) if divisor else 0.0


def _harmonic(scores: Sequence[float], weights: Sequence[float]) -> float:
    parts = divisor = 0.0
    for score, weight in zip(scores, weights, strict=True):
        if score > 0:
            divisor = single(divisor + weight)
            parts = single(parts + single(weight / score))
    return single(divisor / parts) if parts > 0 else 0.0


NORMALIZATIONS: dict[str, Callable[[Fusion, Sequence[Shard]], list[Shard]]] = {
    "min_max": _min_max,
    "l2": _l2,
    "z_score": _z_score,
    "rrf": _reciprocal_rank,
}
COMBINATIONS: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "arithmetic_mean": _arithmetic,
    "geometric_mean": _geometric,
    "harmonic_mean": _harmonic,
    "rrf": _sum,
}
