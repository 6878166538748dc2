"""Learns how much each word of a document counts, with the encoder as it is.

The encoder reads each document once. What is learnt is small (one layer over its states, and tables of one number a
word), so that a step ranks a query's document among a thousand others instead of a batch's, and takes a fraction of a
second. What that reached, and what tuning the encoder in batches of 32 did, stands in docs/decisions/013.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any

import torch

from ..checkpoints import folder_of
from ..fit import Fit
from ..loop import LoopCheckpoints
from ..metrics import step_line
from .states import DocumentStates, read_states

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sentence_transformers import SparseEncoder

    from ...inference.weighting.lexical import LexicalWeights
    from ..parameters import Parameters
    from .base import SparseBase

logger = logging.getLogger(__name__)

# Documents that a pair's document is ranked among, at each step.
RANKED_AMONG = 1_024
# BM25's scores differ by some ten; so much of a difference is what the softmax sees.
SCALE = 0.5
# Multiples of the learning rate, which is an encoder's: what is learnt here starts from nothing.
RATES = {"importance": 500.0, "words": 500.0, "neighbours": 500.0, "queries": 500.0}
LOGGED = 20


def fit_lexical(
    base: SparseBase,
    pairs: Sequence[Mapping[str, str]],
    parameters: Parameters,
    precision: str,
    checkpoints: Path | None = None,
) -> Fit:
    """Tunes the model in place; the same pairs, parameters, device and threads give the same model.

    Args:
        base: its routes are a table of weights for queries, and `LexicalWeights` behind an encoder for documents.
        pairs: `{"query", "document"}`.
        parameters: epochs, batch_size, learning_rate, warmup_ratio and seed are read.
        precision: of the encoder's forward passes.
        checkpoints: folder from which an interrupted training goes on, in the encoder's pass or after it, and that gets
            what it needs for that; None keeps nothing.
    """
    # Some CUDA kernels have no deterministic form: those warn, and the job goes on.
    torch.use_deterministic_algorithms(True, warn_only=True)
    texts = list(dict.fromkeys(pair["document"] for pair in pairs))
    place = {text: number for number, text in enumerate(texts)}
    columns = {name: [pair[name] for pair in pairs] for name in ("query", "document")}
    folder = checkpoints and folder_of(checkpoints, base.model, columns, parameters, precision)
    states = read_states(base.model, texts, precision, folder)
    kept = [pair for pair in pairs if place[pair["document"]] < len(states)]
    learner = _Learner(base.model, states, kept, [place[pair["document"]] for pair in kept], parameters)
    return learner.run(LoopCheckpoints(folder, learner))


class _Learner:
    def __init__(
        self,
        model: SparseEncoder,
        states: DocumentStates,
        pairs: Sequence[Mapping[str, str]],
        answers: list[int],
        parameters: Parameters,
    ) -> None:
        self._sides = model[0].sub_modules
        self._weights: LexicalWeights = self._sides["document"][-1]
        self._states, self._parameters = states, parameters
        self._answers = torch.tensor(answers)
        table = self._sides["query"][0]
        words = table.tokenizer([pair["query"] for pair in pairs], truncation=True, add_special_tokens=False)
        self._queries = [torch.tensor(sorted(set(ids)), dtype=torch.long) for ids in words["input_ids"]]
        # A weight is learnt as a factor, so that rare words move as far as common ones, and none turns negative.
        self._initial = table.weight.detach().clone()
        self._factor = torch.zeros_like(self._initial, requires_grad=True)
        self._generator = torch.Generator().manual_seed(parameters.seed)
        self._optimiser = torch.optim.Adam(self._groups())
        self._history: list[dict[str, float]] = []

    def run(self, checkpoints: LoopCheckpoints) -> Fit:
        batches = self._batches(self._parameters.batch_size)
        steps, rates = len(batches), [group["lr"] for group in self._optimiser.param_groups]
        resumed, started, losses = checkpoints.resume(), time.monotonic(), []
        for step, batch in enumerate(batches[resumed:], start=resumed + 1):
            for group, rate in zip(self._optimiser.param_groups, rates, strict=True):
                group["lr"] = rate * self._share(step, steps)
            losses.append(self._step(batch))
            if step % max(1, min(10, steps // LOGGED)) == 0 or step == steps:
                self._log(step, steps, sum(losses) / len(losses), time.monotonic() - started)
                losses = []
                checkpoints.keep_if_due(step)
        with torch.no_grad():
            self._sides["query"][0].weight.copy_(self._initial * self._factor.exp())
        return Fit(len(self._queries), steps, self._history, 0, resumed, self._states.resumed)

    def tensors(self) -> dict[str, torch.Tensor]:
        return dict(self._weights.named_parameters()) | {"queries": self._factor}

    def state(self) -> dict[str, Any]:
        random = self._generator.get_state()
        return {"optimiser": self._optimiser.state_dict(), "generator": random, "history": self._history}

    def set_state(self, state: dict[str, Any]) -> None:
        self._optimiser.load_state_dict(state["optimiser"])
        self._generator.set_state(state["generator"])
        self._history = state["history"]

    def _step(self, batch: torch.Tensor) -> float:
        loss = self._loss(batch)
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.step()
        return float(loss.detach())

    def _log(self, step: int, steps: int, loss: float, seconds: float) -> None:
        rate, epoch = self._parameters.learning_rate * self._share(step, steps), step * self._parameters.epochs / steps
        self._history.append({"step": step, "loss": round(loss, 6), "learning_rate": rate})
        logger.info("%s", step_line(step, steps, epoch, loss, rate, seconds))

    def _groups(self) -> list[dict[str, object]]:
        rate, weights = self._parameters.learning_rate, self._weights
        return [
            {"params": list(weights.importance.parameters()), "lr": RATES["importance"] * rate},
            {"params": [weights.word_importance], "lr": RATES["words"] * rate},
            {"params": [weights.neighbour_share], "lr": RATES["neighbours"] * rate},
            {"params": [self._factor], "lr": RATES["queries"] * rate},
        ]

    def _share(self, step: int, steps: int) -> float:
        """Of the peak learning rate: up, then down to nothing, in straight lines."""
        warm = max(1.0, self._parameters.warmup_ratio * steps)
        return min(step / warm, (steps - step + 1) / max(1.0, steps - warm + 1), 1.0)

    def _batches(self, size: int) -> list[torch.Tensor]:
        """Places of the pairs of each step, epoch by epoch."""
        epochs = range(self._parameters.epochs)
        return [
            part for _ in epochs for part in torch.randperm(len(self._queries), generator=self._generator).split(size)
        ]

    def _loss(self, batch: torch.Tensor) -> torch.Tensor:
        answers = self._answers[batch]
        others = torch.randperm(len(self._states), generator=self._generator)[:RANKED_AMONG]
        documents = torch.unique(torch.cat([answers, others]))
        queries = [self._queries[place] for place in batch.tolist()]
        # Only the batch's words: the other columns would be multiplied by 0.
        columns = torch.unique(torch.cat(queries))
        scores = self._asked(queries, columns) @ self._states.weights(self._weights, documents, columns).T
        wanted = torch.searchsorted(documents, answers).to(scores.device)
        return torch.nn.functional.cross_entropy(scores * SCALE, wanted)

    def _asked(self, queries: list[torch.Tensor], columns: torch.Tensor) -> torch.Tensor:
        """The queries' weights of the columns' words; shape (queries, columns)."""
        present = torch.zeros(len(queries), len(columns))
        for row, ids in enumerate(queries):
            present[row, torch.searchsorted(columns, ids)] = 1.0
        where = columns.to(self._initial.device)
        return present.to(self._initial.device) * (self._initial[where] * self._factor[where].exp())
