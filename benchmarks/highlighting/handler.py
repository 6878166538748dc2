"""Part a: the handler alone, in one process, JSON in and out, no HTTP. Runs under the containers' interpreter.

For every size and length, in turns: single calls, our naive padded batch, one batch call, and the forward passes alone.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.highlighting.forward import Forward, Plan
from benchmarks.highlighting.interleaved import per_document, ratios, timed
from benchmarks.highlighting.naive import Naive
from include.inference import highlighter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

log = logging.getLogger("handler")

SIZES = (1, 10, 50, 100, 200)
KINDS = ("short", "long", "mixed")
QUICK_SIZES, QUICK_PLAN = (1, 4), Plan(batch_tokens=768, at_once=1)
WARMED = 10
# Relative time of a cell: what has many documents needs longer for as many rounds.
WEIGHTS = {1: 1.0, 4: 1.0, 10: 1.5, 50: 3.0, 100: 4.0, 200: 6.0}
RATIOS = {
    "batch_over_floor": ("batch", "floor"),
    "batch_over_single": ("batch", "single"),
    "padded_over_batch": ("padded", "batch"),
    "single_over_floor": ("single", "floor"),
}


class Handler:
    """The four functions that SageMaker calls, as it calls them."""

    def __init__(self, folder: Path) -> None:
        self.model = highlighter.model_fn(str(folder))

    def answer(self, body: str) -> str:
        """The answer to one request."""
        data = highlighter.input_fn(body, "application/json")
        answer = highlighter.output_fn(highlighter.predict_fn(data, self.model), "application/json")
        return str(answer[0] if isinstance(answer, tuple) else answer)

    @property
    def description(self) -> str:
        """What it computes with."""
        return self.model.description


def systems_of(
    handler: Handler, naive: Naive, forward: Forward, pairs: Sequence[tuple[str, str]], plan: Plan | None
) -> tuple[dict[str, Callable[[], object]], dict[str, Any]]:
    """What is timed for these documents, and what they are; the floor's plan is looked for if there is none yet."""
    singles = [json.dumps({"question": question, "context": text}) for question, text in pairs]
    batch = json.dumps({"inputs": [{"question": question, "context": text} for question, text in pairs]})
    windows = forward.windows(pairs)
    plan = plan or forward.best_plan(windows)
    floor = forward.floor(windows, plan)
    systems: dict[str, Callable[[], object]] = {
        "single": lambda: [handler.answer(body) for body in singles],
        "padded": lambda: naive.answer(batch),
        "batch": lambda: handler.answer(batch),
        "floor": floor.run,
    }
    tokens = sum(len(window.input_ids) for window in windows)
    words = sum(len(text.split()) for _, text in pairs)
    facts = {
        "words_mean": words / len(pairs),
        "tokens_mean": tokens / len(pairs),
        "windows": len(windows),
        "floor_plan": plan._asdict(),
    }
    return systems, facts


def measure(
    handler: Handler, naive: Naive, forward: Forward, work: dict[str, Any], seconds: float, quick: bool
) -> list[dict[str, Any]]:
    """Every size and length, small ones first."""
    sizes = QUICK_SIZES if quick else SIZES
    share = seconds / (sum(WEIGHTS[size] for size in sizes) * len(KINDS))
    cells: list[dict[str, Any]] = []
    plans = dict.fromkeys(KINDS, QUICK_PLAN) if quick else {}
    for size in sizes:
        for kind in KINDS:
            question = work["questions"][len(cells)]
            pairs = [(question, text) for text in work["texts"][kind][:size]]
            systems, facts = systems_of(handler, naive, forward, pairs, plans.get(kind))
            if size > 1:
                plans[kind] = Plan(**facts["floor_plan"])
            if size <= WARMED:
                timed(systems, 0, 1)
            times = timed(systems, share * WEIGHTS[size])
            found = {"documents": size, "kind": kind, "n": len(times["batch"]), **facts}
            found |= {"systems": per_document(times, size), "ratios": ratios(times, RATIOS)}
            cells.append(found)
            log.info("%s", _told(found))
    return cells


def _told(cell: dict[str, Any]) -> str:
    shown = ", ".join(f"{name} {found['ms_per_document']:.1f}" for name, found in cell["systems"].items())
    return f"{cell['documents']} {cell['kind']} documents, n={cell['n']}: ms a document {shown}"


def main() -> None:
    """Write the cells as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--workload", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(message)s")
    handler = Handler(options.model)
    forward = Forward(options.model)
    naive = Naive(options.model, forward)
    cells = measure(
        handler, naive, forward, json.loads(options.workload.read_text("utf-8")), options.seconds, options.quick
    )
    found = {
        "handler": handler.description,
        "naive": f"torch {naive.precision} padded",
        "device": forward.backend.device,
        "cells": cells,
    }
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
