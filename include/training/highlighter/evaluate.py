"""Compares a highlighter with BM25, with embeddings, and with the highlighter it was tuned from."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Any

from ...inference.highlighting.scores import choose
from .measures import counts, difference, quality
from .predict import predict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..parameters import Parameters
    from .base import HighlighterBase
    from .task import Task

TUNED = "tuned"
# Indices of the chosen sentences, a list a question.
Chosen = list[list[int]]


def choose_sentences(base: HighlighterBase, task: Task, parameters: Parameters, precision: str) -> Chosen:
    """What the model highlights, by the rule of serving."""
    probabilities = predict(base.model, task.documents, base.ids.padding, precision)
    return [choose(each, parameters.threshold, parameters.fallback_threshold) for each in probabilities]


def compare(task: Task, systems: Mapping[str, Chosen], seed: int) -> dict[str, Any]:
    """The quality of every system on a set, and by how much the tuned model is better than the best of the others.

    Returns:
        {"systems": {name: Quality}, "baseline": name, "difference": Difference} as plain values.
    """
    counted = {name: counts(task.gold, chosen) for name, chosen in systems.items()}
    found = {name: quality(each, seed) for name, each in counted.items()}
    baseline = max((name for name in found if name != TUNED), key=lambda name: found[name].f1)
    return {
        "systems": {name: dataclasses.asdict(each) for name, each in found.items()},
        "baseline": baseline,
        "difference": dataclasses.asdict(difference(counted[TUNED], counted[baseline], seed)),
    }


def write_highlights(path: Path, task: Task, systems: Mapping[str, Chosen]) -> None:
    """Writes {"id", "gold": [[start, end], …], "predicted": {system: [[start, end], …]}} a question, in code points."""
    path.parent.mkdir(parents=True, exist_ok=True)
    gold = task.spans(task.gold)
    predicted = {name: task.spans(chosen) for name, chosen in systems.items()}
    with path.open("w", encoding="utf-8") as file:
        for number, question in enumerate(task.questions):
            by_system = {name: spans[number] for name, spans in predicted.items()}
            record = {"id": question.id, "gold": gold[number], "predicted": by_system}
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def logged(results: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """A line a set and system, for the log."""
    return [
        f"set={name} system={system} f1={each['f1']:.4f} precision={each['precision']:.4f} recall={each['recall']:.4f} "
        f"n={each['n']}"
        for name, result in results.items()
        for system, each in result["systems"].items()
    ]
