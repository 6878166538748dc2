"""Making one score of several: the normalization-processor of `hybrid` queries, in 32-bit floats as there."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, TypeVar

from local.gateway.errors import OpenSearchError
from local.gateway.java.floats import single

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PROCESSOR = "normalization-processor"
# What the lowest score of a list becomes: not nothing, it was a match.
LOWEST = 0.001
Scores = dict[tuple[str, str], float]
Technique = TypeVar("Technique")


def normalization(pipeline: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration of the normalization-processor of a search pipeline, None if it has none."""
    stages = pipeline.get("phase_results_processors", [])
    return next((processor[PROCESSOR] or {} for processor in stages if PROCESSOR in processor), None)


def fused(lists: Sequence[Scores], config: dict[str, Any]) -> Scores:
    """One score for every hit of any list; a hit that a list lacks has 0 there.

    Args:
        lists: the scores of each sub-query, by hit.
        config: of the normalization-processor: `normalization` and `combination`.

    Raises:
        OpenSearchError: 400, a technique that there is not, or weights that do not fit the sub-queries.
    """
    normalize = _chosen(NORMALIZATIONS, config, "normalization", "min_max")
    combine = _chosen(COMBINATIONS, config, "combination", "arithmetic_mean")
    weights = _weights(config, len(lists))
    normalized = [dict(zip(scores, normalize(list(scores.values())), strict=True)) for scores in lists]
    hits = {hit for scores in lists for hit in scores}
    return {hit: single(combine([scores.get(hit, 0.0) for scores in normalized], weights)) for hit in hits}


def _min_max(scores: list[float]) -> list[float]:
    low, high = min(scores, default=0.0), max(scores, default=0.0)
    if low == high:
        return [1.0 for _ in scores]
    return [single(single(score - low) / single(high - low)) or LOWEST for score in scores]


def _l2(scores: list[float]) -> list[float]:
    norm = single(math.sqrt(sum(score * score for score in scores)))
    return [single(score / norm) if norm else LOWEST for score in scores]


def _arithmetic(scores: list[float], weights: list[float]) -> float:
    return _ratio(sum(score * weight for score, weight in zip(scores, weights, strict=True)), sum(weights))


def _geometric(scores: list[float], weights: list[float]) -> float:
    matched = _matched(scores, weights)
    total = sum(weight for _, weight in matched)
    return math.exp(sum(weight * math.log(score) for score, weight in matched) / total) if total else 0.0


def _harmonic(scores: list[float], weights: list[float]) -> float:
    matched = _matched(scores, weights)
    return _ratio(sum(weight for _, weight in matched), sum(weight / score for score, weight in matched))


def _matched(scores: list[float], weights: list[float]) -> list[tuple[float, float]]:
    return [(score, weight) for score, weight in zip(scores, weights, strict=True) if score > 0]


def _ratio(dividend: float, divisor: float) -> float:
    return dividend / divisor if divisor else 0.0


NORMALIZATIONS: dict[str, Callable[[list[float]], list[float]]] = {"min_max": _min_max, "l2": _l2}
COMBINATIONS: dict[str, Callable[[list[float], list[float]], float]] = {
    "arithmetic_mean": _arithmetic,
    "geometric_mean": _geometric,
    "harmonic_mean": _harmonic,
}


def _chosen(known: dict[str, Technique], config: dict[str, Any], kind: str, default: str) -> Technique:
    name = (config.get(kind) or {}).get("technique", default)
    if name not in known:
        valid = ", ".join(known)
        reason = f"{kind} technique is [{name}]. This stand-in for neural search has: {valid}."
        raise OpenSearchError(400, "illegal_argument_exception", reason)
    return known[name]


def _weights(config: dict[str, Any], count: int) -> list[float]:
    weights = ((config.get("combination") or {}).get("parameters") or {}).get("weights")
    if weights is None:
        return [1.0] * count
    if len(weights) != count:
        reason = f"number of weights [{len(weights)}] must match number of sub-queries [{count}] in hybrid query"
        raise OpenSearchError(400, "illegal_argument_exception", reason)
    return [float(weight) for weight in weights]
