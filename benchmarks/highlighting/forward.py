"""Forward passes over windows and nothing else: the floor that no handler can be below.

The passes are those of the handler's own backend, in the groups that are fastest on this machine, so the floor moves
with the backend: what is measured against it is everything that a handler does besides. Runs under the containers'
interpreter.
"""

from __future__ import annotations

import itertools
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from include.inference.batches import length_sorted_batches
from include.inference.hardware import cores
from include.inference.highlighting.backends import load_backend
from include.inference.highlighting.classifier import load_tokenizer, read_options
from include.inference.highlighting.sentences import SentencexSplitter
from include.inference.highlighting.serving import read_serving
from include.inference.highlighting.windows import Windower

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from include.inference.highlighting.windows import Document, Window

# Tokens of one pass; 1 is each window alone. A GPU wants the larger ones.
BUDGETS = {"cpu": (1, 512, 1_024, 2_048), "cuda": (16_384, 65_536, 262_144)}
CALIBRATED_WINDOWS = 24
TRIES = 3


class Plan(NamedTuple):
    """How windows are grouped: tokens of one pass, and passes at the same time."""

    batch_tokens: int
    at_once: int


class Forward:
    """The handler's backend, and the way from texts to windows.

    Args:
        folder: of the model.
    """

    def __init__(self, folder: Path) -> None:
        self.backend = load_backend(folder, read_serving())
        options, tokenizer = read_options(folder), load_tokenizer(folder)
        splitter = SentencexSplitter(options.language)
        self._windower = Windower(tokenizer, splitter, options.max_tokens, options.overlap_tokens)

    def cut(self, pairs: Iterable[tuple[str, str]]) -> list[Document]:
        """Documents of question and text pairs."""
        return self._windower.cut([(question, text) for question, text in pairs])

    def windows(self, pairs: Iterable[tuple[str, str]]) -> list[Window]:
        """All windows of question and text pairs."""
        return [window for document in self.cut(pairs) for window in document.windows]

    def floor(self, windows: Sequence[Window], plan: Plan) -> Floor:
        """The passes over these windows, ready to be run."""
        return Floor(self, self._groups(windows, plan), plan)

    def best_plan(self, windows: Sequence[Window]) -> Plan:
        """The fastest way to group such windows on this machine, tried on some of them."""
        tried = windows[:: max(1, len(windows) // CALIBRATED_WINDOWS)]
        at_once = sorted({1, cores()}) if self.backend.device == "cpu" and len(tried) > 1 else [1]
        plans = list(itertools.starmap(Plan, itertools.product(BUDGETS[self.backend.device], at_once)))
        floors = {plan: self.floor(tried, plan) for plan in plans}
        times: dict[Plan, list[float]] = {plan: [] for plan in plans}
        for _ in range(TRIES):
            for plan, floor in floors.items():
                started = time.perf_counter()
                floor.run()
                times[plan].append(time.perf_counter() - started)
        return min(plans, key=lambda plan: statistics.median(times[plan]))

    def _groups(self, windows: Sequence[Window], plan: Plan) -> list[list[Window]]:
        lengths = [len(window.input_ids) for window in windows]
        if self.backend.padded:
            batches: Iterable[list[int]] = length_sorted_batches(lengths, plan.batch_tokens)
        else:
            batches = _even_groups(lengths, plan)
        return [[windows[index] for index in batch] for batch in batches]


class Floor:
    """Prepared passes; `run()` does them all."""

    def __init__(self, forward: Forward, groups: list[list[Window]], plan: Plan) -> None:
        self._backend, self._groups = forward.backend, groups
        self._threads = max(1, cores() // plan.at_once)
        self._pool = ThreadPoolExecutor(plan.at_once) if plan.at_once > 1 else None

    def run(self) -> None:
        """All passes."""
        if self._pool is None:
            for group in self._groups:
                self._pass(group)
        else:
            list(self._pool.map(self._pass, self._groups))

    def _pass(self, group: list[Window]) -> None:
        self._backend.run(group, self._threads)


def _even_groups(lengths: Sequence[int], plan: Plan) -> list[list[int]]:
    """Groups of about as many tokens each, none much above the budget, as many as keep all passes at once busy."""
    wanted = max(1, round(sum(lengths) / plan.batch_tokens))
    number = min(len(lengths), -(-wanted // plan.at_once) * plan.at_once)
    groups: list[list[int]] = [[] for _ in range(number)]
    tokens = [0] * number
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        least = tokens.index(min(tokens))
        groups[least].append(index)
        tokens[least] += lengths[index]
    return groups
