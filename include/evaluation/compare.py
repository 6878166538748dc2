"""Base model, tuned model and BM25 beside each other on one query set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.evaluation.intervals import mean_interval
from include.evaluation.metrics import MEASURES, PerQuery, Run, per_query

if TYPE_CHECKING:
    from include.evaluation.beir import Qrels

BASE, TUNED, BM25 = "base", "tuned", "bm25"
MAIN_MEASURE = "nDCG@10"


def compare(qrels: Qrels, runs: dict[str, Run]) -> dict[str, Any]:
    """What the runs reach on a query set, and by how much the tuned model differs from the base model.

    Args:
        qrels: judged documents of each query.
        runs: by system: `base`, `tuned` and, where it was measured, `bm25`.

    Returns:
        `n_queries`; for each system each measure with its 95 % interval; `gain`, the paired difference tuned minus
        base; `per_query`, nDCG@10 of each query by system.
    """
    found = {system: per_query(qrels, run) for system, run in runs.items()}
    return {
        "n_queries": len(qrels),
        **{system: _estimates(values) for system, values in found.items()},
        "gain": _gain(found[BASE], found[TUNED]),
        "per_query": {
            query_id: {system: values[MAIN_MEASURE][place] for system, values in found.items()}
            for place, query_id in enumerate(qrels)
        },
    }


def outcome(gain: dict[str, dict[str, float]], measure: str = MAIN_MEASURE) -> str:
    """`better`, `worse` or `no difference`: which side of 0 the interval of the measure's gain lies on."""
    interval = gain[measure]
    if interval["low"] > 0:
        return "better"
    return "worse" if interval["high"] < 0 else "no difference"


def _estimates(values: PerQuery) -> dict[str, dict[str, float]]:
    return {measure: mean_interval(values[measure]).as_dict() for measure in MEASURES}


def _gain(base: PerQuery, tuned: PerQuery) -> dict[str, dict[str, float]]:
    return {
        measure: mean_interval(
            [b - a for a, b in zip(base[measure], tuned[measure], strict=True)], widest=(-1.0, 1.0)
        ).as_dict()
        for measure in MEASURES
    }
