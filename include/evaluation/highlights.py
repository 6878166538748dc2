"""What a highlighter's training job measured, in the form in which the report compares systems."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

MEASURE = "F1"
# Of every sentence that a system marks, or that is marked, over all questions; and of questions with nothing to mark.
OTHER_MEASURES = {"precision": "precision", "recall": "recall", "nothing": "nothing_accuracy"}


def comparison_of(measured: dict[str, Any], rows: Iterable[bytes]) -> dict[str, Any]:
    """One set of passages, as `include.evaluation.compare.compare` describes a query set.

    Args:
        measured: of `training.json`: `systems` with their quality, `baseline` (the best beside the tuned one),
            `difference` of tuned and baseline.
        rows: lines of `{"id", "gold", "predicted": {system: spans}}`.

    Returns:
        `n_queries`; for each system F1 with its interval, precision, recall and, where questions have nothing to mark,
        the share of those for which nothing is marked (`nothing`); `gain` in F1 and what it is over (`gain_over`);
        `per_query`, each question's own F1 by system.
    """
    systems, difference = measured["systems"], measured["difference"]
    return {
        "n_queries": systems["tuned"]["n"],
        **{name: _estimates(quality) for name, quality in systems.items()},
        "gain": {MEASURE: {"value": difference["f1"], "low": difference["low"], "high": difference["high"]}},
        "gain_over": measured["baseline"],
        "per_query": {row["id"]: _own_f1(row) for row in map(json.loads, rows)},
    }


def _estimates(quality: dict[str, Any]) -> dict[str, dict[str, float]]:
    others = {name: quality[key] for name, key in OTHER_MEASURES.items() if quality[key] is not None}
    return {
        MEASURE: {"value": quality["f1"], "low": quality["f1_low"], "high": quality["f1_high"]},
        **{name: {"value": value} for name, value in others.items()},
    }


def _own_f1(row: dict[str, Any]) -> dict[str, float]:
    gold = {tuple(span) for span in row["gold"]}
    return {system: _f1(gold, {tuple(span) for span in spans}) for system, spans in row["predicted"].items()}


def _f1(gold: set[Any], predicted: set[Any]) -> float:
    """1 where nothing is to be marked and nothing is."""
    total = len(gold) + len(predicted)
    return 2 * len(gold & predicted) / total if total else 1.0
