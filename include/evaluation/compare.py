"""Base model, tuned model, BM25 and the hybrids of each model with BM25 beside each other on one query set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.evaluation.fusion import fuse
from include.evaluation.intervals import mean_interval
from include.evaluation.metrics import MEASURES, PerQuery, Run, per_query
from include.evaluation.permutation import paired_p_value

if TYPE_CHECKING:
    from include.evaluation.beir import Qrels

BASE, TUNED, BM25 = "base", "tuned", "bm25"
BASE_HYBRID, TUNED_HYBRID = "base+bm25", "tuned+bm25"
SYSTEMS = (BM25, BASE, BASE_HYBRID, TUNED, TUNED_HYBRID)
MAIN_MEASURE = "nDCG@10"


def with_hybrids(runs: dict[str, Run]) -> dict[str, Run]:
    """The runs, and where BM25 is among them, each model's fused with it: `base+bm25` and `tuned+bm25`."""
    if BM25 not in runs or TUNED_HYBRID in runs:
        return runs
    return {**runs, BASE_HYBRID: fuse(runs[BASE], runs[BM25]), TUNED_HYBRID: fuse(runs[TUNED], runs[BM25])}


def compare(qrels: Qrels, runs: dict[str, Run]) -> dict[str, Any]:
    """What the runs reach on a query set, and by how much the tuned model differs from the base model.

    Args:
        qrels: judged documents of each query.
        runs: by system: `base`, `tuned` and, where it was measured, `bm25`; hybrids are made of them.

    Returns:
        `n_queries`; for each system each measure with its 95 % interval; `gain`, the paired difference tuned minus
        base, and `p_value`, the paired randomisation test's for nDCG@10; with BM25 the same of the hybrids,
        `hybrid_gain` and `hybrid_p_value`; `per_query`, nDCG@10 of each query by system.
    """
    found = {system: per_query(qrels, run) for system, run in with_hybrids(runs).items()}
    hybrid = _gain("hybrid_", found[BASE_HYBRID], found[TUNED_HYBRID]) if BASE_HYBRID in found else {}
    return {
        "n_queries": len(qrels),
        **{system: _estimates(values) for system, values in found.items()},
        **_gain("", found[BASE], found[TUNED]),
        **hybrid,
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


def _gain(prefix: str, base: PerQuery, tuned: PerQuery) -> dict[str, Any]:
    differences = {measure: [b - a for a, b in zip(base[measure], tuned[measure], strict=True)] for measure in MEASURES}
    return {
        f"{prefix}gain": {
            measure: mean_interval(values, widest=(-1.0, 1.0)).as_dict() for measure, values in differences.items()
        },
        f"{prefix}p_value": paired_p_value(differences[MAIN_MEASURE]),
    }
