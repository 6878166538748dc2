"""Forward passes over windows and nothing else: the floor that no handler can be below, and the naive padded batch.

Runs under the containers' interpreter.
"""

from __future__ import annotations

import itertools
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import torch

from include.inference.batches import length_sorted_batches
from include.inference.highlighting.classifier import load_classifier, load_tokenizer, read_options
from include.inference.highlighting.scores import pad
from include.inference.highlighting.sentences import SentencexSplitter
from include.inference.highlighting.windows import Windower

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from include.inference.highlighting.windows import Document, Window

TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
BUDGETS = (1, 256, 384, 512, 768, 1_024, 2_048, 4_096)
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
CALIBRATED_WINDOWS = 60
TRIES = 3


class Plan(NamedTuple):
    """How windows are grouped: padded tokens of one pass (1: each window alone), and passes at the same time."""

    batch_tokens: int
    at_once: int


class Forward:
    """The model and the way from texts to its windows, without anything of a handler.

    Args:
        folder: of the model.
        precision: `fp32`, `bf16` or `fp16`; the one that the handler computes in.
    """

    def __init__(self, folder: Path, precision: str) -> None:
        self.precision, self._dtype = precision, TYPES[precision]
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model = load_classifier(folder).to(self.device, self._dtype).eval()
        options, tokenizer = read_options(folder), load_tokenizer(folder)
        self._windower = Windower(
            tokenizer, SentencexSplitter(options.language), options.max_tokens, options.overlap_tokens
        )

    def cut(self, pairs: Sequence[tuple[str, str]]) -> list[Document]:
        """Documents of question and text pairs."""
        return self._windower.cut(pairs)

    def run(self, batch: dict[str, np.ndarray]) -> np.ndarray:
        """Logits of one padded batch."""
        with torch.inference_mode():
            tensors = {name: torch.from_numpy(values).to(self.device) for name, values in batch.items()}
            logits: np.ndarray = self._model(**tensors).cpu().numpy()
        return logits

    def floor(self, windows: Sequence[Window], plan: Plan) -> Floor:
        """The passes over these windows, ready to be run."""
        groups = length_sorted_batches([len(window.input_ids) for window in windows], plan.batch_tokens)
        return Floor(self, [pad([windows[index] for index in group], 0) for group in groups], plan)

    def best_plan(self, windows: Sequence[Window]) -> Plan:
        """The fastest way to group such windows on this machine, tried on some of them."""
        tried = windows[:CALIBRATED_WINDOWS]
        at_once = (1, CORES) if self.device == "cpu" and CORES > 1 and len(tried) > 1 else (1,)
        budgets = BUDGETS if len(tried) > 1 else BUDGETS[:1]
        floors = {
            plan: self.floor(tried, plan) for plan in itertools.starmap(Plan, itertools.product(budgets, at_once))
        }
        times: dict[Plan, list[float]] = {plan: [] for plan in floors}
        for _ in range(TRIES):
            for plan, floor in floors.items():
                started = time.perf_counter()
                floor.run()
                times[plan].append(time.perf_counter() - started)
        return min(times, key=lambda plan: statistics.median(times[plan]))


class Floor:
    """Prepared passes; `run()` does them all."""

    def __init__(self, forward: Forward, batches: list[dict[str, np.ndarray]], plan: Plan) -> None:
        self._forward, self._batches = forward, batches
        self._pool = None
        if plan.at_once > 1:
            threads = max(1, CORES // plan.at_once)
            self._pool = ThreadPoolExecutor(plan.at_once, initializer=torch.set_num_threads, initargs=(threads,))

    def run(self) -> None:
        """All passes."""
        if self._pool is None:
            for batch in self._batches:
                self._forward.run(batch)
        else:
            list(self._pool.map(self._forward.run, self._batches))
