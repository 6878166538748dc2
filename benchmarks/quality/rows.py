"""One row of the table: a collection's test half under one recipe, and what the gate made of the development half."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.quality.halves import Half
from include.evaluation.beir import QuerySet
from include.evaluation.compare import BASE, BASE_HYBRID, BM25, MAIN_MEASURE, TUNED, TUNED_HYBRID, compare
from include.evaluation.gate import decide
from include.settings import EvaluationSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.quality.collection import Collection
    from benchmarks.quality.recipes import Recipe
    from benchmarks.quality.train import Trained
    from include.evaluation.metrics import Run

    Kind = tuple[str, Mapping[Half, QuerySet], Mapping[str, Run]]

ALL_KINDS = "all kinds"
RECALL = "R@100"
TRAINING_PHASES = ("mine", "train")
LEAST_QUERIES = 10


def rows_of(
    collection: Collection, recipe: Recipe, trained: Trained, bm25: Mapping[str, Run], held_out: bool
) -> list[dict[str, Any]]:
    """A row for each kind of queries, and one for each subset of them.

    Args:
        collection: with its judged queries.
        recipe: that was trained.
        trained: runs of base and tuned model.
        bm25: its run by kind of queries.
        held_out: whether the documents that answer judged queries were left out of training.
    """
    rows = []
    for kind, halves, runs in _kinds(collection, trained, bm25):
        development = _compared(halves[Half.DEVELOPMENT], runs)
        judged = {"measure": MAIN_MEASURE, "decided_on": "judged", "sets": {"judged": development}}
        decision = decide(judged, EvaluationSettings())
        common = {
            "recipe": recipe.name,
            "train_seconds": round(_train_seconds(trained.facts)),
            "job_seconds": round(sum(trained.facts["seconds"].values())),
            "pairs": trained.facts["pairs_used"],
            "judged_held_out": held_out,
            "gate": "promoted" if decision.promote else "refused",
            "gate_reason": decision.reason,
            "development": _figures(development),
        }
        for subset, queries in _subsets(collection, kind, halves[Half.TEST]).items():
            name = " ".join(part for part in (collection.name, kind) if part)
            figures = _figures(_compared(queries, runs))
            rows.append({"collection": f"{name}, {subset}" if subset else name, **figures, **common})
    return rows


def _kinds(collection: Collection, trained: Trained, bm25: Mapping[str, Run]) -> Iterator[Kind]:
    """Halves and runs of each kind of queries; and of all kinds together, where subsets are too small one by one."""
    halves = collection.halves()
    runs = {kind: {**trained.runs[kind], BM25: bm25[kind]} for kind in halves}
    if len(halves) == 1:
        yield from (("", halves[kind], runs[kind]) for kind in halves)
        return
    yield from ((kind, halves[kind], runs[kind]) for kind in halves)
    merged = {half: _merged([each[half] for each in halves.values()]) for half in Half}
    systems = {s: {q: hits for each in runs.values() for q, hits in each[s].items()} for s in (BASE, TUNED, BM25)}
    yield ALL_KINDS, merged, systems


def _merged(sets: Sequence[QuerySet]) -> QuerySet:
    return QuerySet(
        {name: text for each in sets for name, text in each.queries.items()},
        {name: judged for each in sets for name, judged in each.qrels.items()},
    )


def _subsets(collection: Collection, kind: str, test: QuerySet) -> dict[str, QuerySet]:
    found = {} if kind == ALL_KINDS else {"": test}
    for name, belongs in collection.subsets.items():
        chosen = [query for query, text in test.queries.items() if belongs(text, list(test.qrels[query]))]
        if len(chosen) >= LEAST_QUERIES:
            found[name] = QuerySet({q: test.queries[q] for q in chosen}, {q: test.qrels[q] for q in chosen})
    return found


def _compared(queries: QuerySet, runs: Mapping[str, Run]) -> dict[str, Any]:
    wanted = queries.qrels.keys()
    return compare(queries.qrels, {s: {q: run[q] for q in run.keys() & wanted} for s, run in runs.items()})


def _figures(compared: dict[str, Any]) -> dict[str, Any]:
    gain = compared["gain"][MAIN_MEASURE]
    systems = {"bm25": BM25, "base": BASE, "rrf_base": BASE_HYBRID, "tuned": TUNED, "rrf_tuned": TUNED_HYBRID}
    return {
        "n_queries": compared["n_queries"],
        **{name: round(compared[system][MAIN_MEASURE]["value"], 4) for name, system in systems.items()},
        "delta": round(gain["value"], 4),
        "interval": [round(gain["low"], 4), round(gain["high"], 4)],
        "p_value": compared["p_value"],
        "recall": {name: round(compared[system][RECALL]["value"], 4) for name, system in systems.items()},
    }


def _train_seconds(facts: dict[str, Any]) -> float:
    """Seconds of what the recipe costs: mining and fitting, not the evaluations before and after."""
    return float(sum(facts["seconds"].get(phase, 0.0) for phase in TRAINING_PHASES))
