"""Sparse vectors, tokens with their weights: how a model's answer is read, and how they are pruned at ingest."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from local.gateway.errors import refuse
from local.gateway.java.floats import shown, single

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "response"
Tokens = dict[str, float]


def token_weights(results: list[dict[str, Any]]) -> list[Tokens]:
    """The sparse vectors of a prediction, one a text.

    Args:
        results: of the calls of the remote model; each answered a list of objects, or one under `response`.

    Raises:
        OpenSearchError: the answer is something else.
    """
    if not results or not results[0].get("output"):
        raise refuse("sparse_result_empty")
    found: list[Any] = []
    for tensor in (tensor for result in results for tensor in result.get("output", [])):
        answer = tensor.get("dataAsMap")
        if answer is None:
            raise refuse("sparse_result_tensor")
        if KEY not in answer:
            raise refuse("sparse_result_key")
        if not isinstance(answer[KEY], list):
            raise refuse("sparse_result_list")
        found += answer[KEY]
    return [_tokens(value) for value in found]


def _tokens(value: Any) -> Tokens:
    if not isinstance(value, dict) or not all(map(_is_number, value.values())):
        raise refuse("sparse_result_map")
    return {token: shown(weight) for token, weight in value.items()}


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def pruned(tokens: Tokens, kind: str, ratio: float) -> Tokens:
    """The tokens that `kind` keeps.

    Args:
        tokens: a sparse vector.
        kind: `none`, `top_k`, `alpha_mass`, `max_ratio` or `abs_value`.
        ratio: how many, which part of the sum, which part of the largest, or the smallest weight.

    Raises:
        OpenSearchError: 400, a weight is not positive.
    """
    if any(weight <= 0 for weight in tokens.values()):
        raise refuse("prune_not_positive")
    return PRUNINGS[kind](tokens, single(ratio))


def check_prune_type(kind: str) -> None:
    """Refuse a way of pruning that there is not: 400."""
    if kind not in PRUNINGS:
        raise refuse("prune_type_unknown", name=kind)


def check_prune_ratio(kind: str, ratio: float) -> None:
    """Refuse a ratio that `kind` cannot have: 400, with what is valid."""
    fits, valid = _VALID[kind]
    if not fits(ratio):
        raise refuse("prune_ratio_invalid", ratio=ratio, kind=kind, valid=valid)


def _top_k(tokens: Tokens, ratio: float) -> Tokens:
    best = sorted(tokens, key=lambda token: -tokens[token])[: int(ratio)]
    return {token: tokens[token] for token in best}


def _alpha_mass(tokens: Tokens, ratio: float) -> Tokens:
    total = single(sum(map(single, tokens.values())))
    kept, mass = {}, 0.0
    for token in sorted(tokens, key=lambda token: -tokens[token]):
        mass = single(mass + tokens[token])
        if mass <= single(ratio * total):
            kept[token] = tokens[token]
    return kept


def _max_ratio(tokens: Tokens, ratio: float) -> Tokens:
    limit = single(ratio * single(max(tokens.values(), default=0.0)))
    return _abs_value(tokens, limit)


def _abs_value(tokens: Tokens, limit: float) -> Tokens:
    return {token: weight for token, weight in tokens.items() if single(weight) >= limit}


def _none(tokens: Tokens, ratio: float) -> Tokens:
    return tokens


PRUNINGS: dict[str, Callable[[Tokens, float], Tokens]] = {
    "none": _none,
    "top_k": _top_k,
    "alpha_mass": _alpha_mass,
    "max_ratio": _max_ratio,
    "abs_value": _abs_value,
}
_PART = "prune_ratio should be in the range [0, 1)."
_VALID: dict[str, tuple[Callable[[float], bool], str]] = {
    "top_k": (lambda ratio: ratio > 0 and ratio == math.floor(ratio), "prune_ratio should be positive integer."),
    "alpha_mass": (lambda ratio: 0 <= ratio < 1, _PART),
    "max_ratio": (lambda ratio: 0 <= ratio < 1, _PART),
    "abs_value": (lambda ratio: ratio >= 0, "prune_ratio should be non-negative."),
}
