"""From the configuration of `normalization-processor` and `score-ranker-processor` to a `Fusion`, or a refusal."""

from __future__ import annotations

import copy
from typing import Any

from local.gateway.errors import OpenSearchError, refuse
from local.gateway.fusion import COMBINATIONS, NORMALIZATIONS, Bound, Fusion
from local.gateway.java.floats import shown, single

NORMALIZER = "normalization-processor"
RANKER = "score-ranker-processor"
MAX_SUB_QUERIES = 5
MAX_RANK_CONSTANT = 10_000
_MEANS = ("arithmetic_mean", "geometric_mean", "harmonic_mean")
_FITTING = {"min_max": _MEANS, "l2": _MEANS, "rrf": _MEANS, "z_score": ("arithmetic_mean",)}
_MODES = ("apply", "clip", "ignore")
_SIDES = {"lower_bounds": ("min_score", 0.0), "upper_bounds": ("max_score", 1.0)}
_LIMIT = 10_000.0
_WEIGHT_SUM_TOLERANCE = 0.01
_JAVA = {dict: "java.util.HashMap", list: "java.util.ArrayList", str: "java.lang.String", bool: "java.lang.Boolean"}


def fusion_of(pipeline: dict[str, Any]) -> Fusion | None:
    """How a search pipeline makes one score of several, None if it does not.

    Args:
        pipeline: its processors of the phase results decide; the first one that fuses does.

    Raises:
        OpenSearchError: 400, its configuration is wrong.
    """
    for processor in pipeline.get("phase_results_processors") or []:
        for kind, read in (NORMALIZER, _normalizer), (RANKER, _ranker):
            if kind in processor:
                return read(copy.deepcopy(processor[kind] or {}))
    return None


def _normalizer(config: dict[str, Any]) -> Fusion:
    fusion = Fusion()
    clause = _map(NORMALIZER, config, "normalization")
    if clause is not None:
        fusion = _normalization(clause)
    clause = _map(NORMALIZER, config, "combination")
    weights: tuple[float, ...] = ()
    if clause is not None:
        technique = _text(NORMALIZER, clause, "technique", "arithmetic_mean")
        weights = _combination(technique, _map(NORMALIZER, clause, "parameters"))
        fusion = _with(fusion, combination=technique, weights=weights)
    fitting = _FITTING[fusion.normalization]
    if fusion.combination not in fitting:
        raise refuse(
            "hybrid_techniques",
            combination=fusion.combination,
            normalization=fusion.normalization,
            valid=", ".join(fitting),
        )
    return fusion


def _ranker(config: dict[str, Any]) -> Fusion:
    fusion = Fusion("rrf", "rrf")
    clause = _map(RANKER, config, "combination")
    if clause is None:
        return fusion
    technique = _text(RANKER, clause, "technique", "rrf")
    if "rank_constant" in clause:
        fusion = _with(fusion, rank_constant=_rank_constant(clause["rank_constant"]))
    return _with(fusion, combination=technique, weights=_combination(technique, _map(RANKER, clause, "parameters")))


def _with(fusion: Fusion, **changes: Any) -> Fusion:
    return Fusion(**{**vars(fusion), **changes})


def _normalization(clause: dict[str, Any]) -> Fusion:
    technique = _text(NORMALIZER, clause, "technique", "min_max")
    parameters = _map(NORMALIZER, clause, "parameters") or {}
    if technique not in NORMALIZATIONS:
        raise refuse("hybrid_normalization_unknown")
    if technique == "min_max":
        _check_nested(parameters)
        lower, upper = (_bounds(parameters, side) for side in _SIDES)
        return Fusion(lower_bounds=lower, upper_bounds=upper)
    if technique == "rrf" and parameters.keys() <= {"rank_constant"}:
        constant = _rank_constant(parameters["rank_constant"]) if parameters else Fusion.rank_constant
        return Fusion("rrf", rank_constant=constant)
    if parameters and technique != "z_score":
        raise refuse("hybrid_normalization_parameters")
    return Fusion(technique)


def _check_nested(parameters: dict[str, Any]) -> None:
    for name, value in parameters.items():
        score = _SIDES.get(name, ("", 0.0))[0]
        items = value if isinstance(value, list) else [value]
        known = all(isinstance(item, dict) and item.keys() <= {"mode", score} for item in items)
        if name not in _SIDES or not known:
            raise refuse("hybrid_normalization_parameters")


def _bounds(parameters: dict[str, Any], side: str) -> tuple[Bound, ...] | None:
    if side not in parameters:
        return None
    bounds = parameters[side]
    if not isinstance(bounds, list):
        raise refuse("hybrid_bounds_no_list", side=side)
    if len(bounds) > MAX_SUB_QUERIES:
        raise refuse("hybrid_bounds_many", side=side, count=len(bounds), most=MAX_SUB_QUERIES)
    return tuple(_bound(bound, *_SIDES[side]) for bound in bounds)


def _bound(bound: dict[str, Any], score_name: str, default: float) -> Bound:
    mode = str(bound.get("mode") or "").strip() or "apply"
    if mode.lower() not in _MODES:
        raise refuse("hybrid_bound_mode", mode=mode, valid=", ".join(_MODES))
    given = bound.get(score_name)
    if given is None:
        return Bound(mode.lower(), default)
    try:
        score = single(float(given))
    except (TypeError, ValueError) as error:
        raise refuse("hybrid_bound_no_number", name=score_name) from error
    if not -_LIMIT <= score <= _LIMIT:
        raise refuse("hybrid_bound_range", name=score_name, low=-_LIMIT, high=_LIMIT)
    return Bound(mode.lower(), score)


def _rank_constant(value: Any) -> int:
    try:
        constant = int(str(value), 0)
    except ValueError as error:
        raise refuse("hybrid_rank_constant_no_integer") from error
    if not 1 <= constant <= MAX_RANK_CONSTANT:
        raise refuse("hybrid_rank_constant", value=constant)
    return constant


def _combination(technique: str, parameters: dict[str, Any] | None) -> tuple[float, ...]:
    if technique not in COMBINATIONS:
        raise refuse("hybrid_combination_unknown")
    if not parameters:
        return ()
    if parameters.keys() - {"weights"}:
        raise refuse("hybrid_combination_parameters")
    if not isinstance(parameters["weights"], list):
        raise refuse("hybrid_weights_no_list")
    return _weights(parameters["weights"])


def _weights(values: list[Any]) -> tuple[float, ...]:
    for value in values:
        if not isinstance(value, float):
            raise refuse("hybrid_weight_class", found=_java_name(value))
    weights = tuple(map(single, values))
    listed = f"[{', '.join(str(shown(weight)) for weight in weights)}]"
    if not all(0 <= weight <= 1 for weight in weights):
        raise refuse("hybrid_weights_range", weights=listed)
    total = 0.0
    for weight in weights:
        total = single(total + weight)
    if abs(1 - total) > _WEIGHT_SUM_TOLERANCE:
        raise refuse("hybrid_weights_sum", weights=listed)
    return weights


def _map(kind: str, config: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = config.get(name)
    if value is not None and not isinstance(value, dict):
        raise _property(kind, name, f"property isn't a map, but of type [{_java_name(value)}]")
    return value


def _text(kind: str, config: dict[str, Any], name: str, default: str) -> str:
    value = config.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise _property(kind, name, f"property isn't a string, but of type [{_java_name(value)}]")
    return value


def _java_name(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return "java.lang.Integer"
    return _JAVA.get(type(value), "java.lang.Double")


def _property(kind: str, name: str, reason: str) -> OpenSearchError:
    extra = {"processor_type": kind, "property_name": name}
    return OpenSearchError(400, "parse_exception", f"[{name}] {reason}", extra=extra)
