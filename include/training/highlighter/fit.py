"""Tunes a highlighter: cross-entropy of sentences, two learning rates, a linear schedule with warm-up."""

from __future__ import annotations

import dataclasses
import itertools
import logging
import random
import time
from typing import TYPE_CHECKING, Any

import torch

from ...inference.highlighting.scores import pad
from ..checkpoints import folder_of
from ..hardware import autocast
from ..loop import LoopCheckpoints
from ..metrics import step_line
from ..trainable import drop_no_attention, freeze_embeddings
from .batches import parts, step_batches
from .hide import WordHider
from .loss import sentence_logits, sentence_loss, targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ...inference.highlighting.classifier import SentenceClassifier
    from ..parameters import Parameters
    from .examples import Example
    from .loss import Targets

logger = logging.getLogger(__name__)

# Padded tokens of one forward and backward pass: sets the peak memory, not the result.
BATCH_TOKENS = {"cpu": 2_048, "cuda": 32_768}
# A base model that reads one text at a time has never told a question from a text by its type.
TUNED_EMBEDDINGS = ("token_type_embeddings", "LayerNorm")
WEIGHT_DECAY, GRADIENT_NORM = 0.01, 1.0


@dataclasses.dataclass(frozen=True)
class Fit:
    """What training did.

    Attributes:
        steps: optimiser steps.
        loss_history: {"step", "loss", "learning_rate"} of every logged step; the loss is the mean since the one before.
        hidden_questions: how often a question was shown without some of the words that its text repeats.
        resumed_after: the step of the checkpoint that it went on from; 0 if it started at the beginning.
    """

    steps: int
    loss_history: list[dict[str, float]]
    hidden_questions: int
    resumed_after: int


@dataclasses.dataclass(frozen=True)
class TokenIds:
    """Ids of the tokenizer that training needs; None where it has no such token."""

    padding: int
    mask: int | None


def fit(
    model: SentenceClassifier,
    examples: Sequence[Example],
    parameters: Parameters,
    precision: str,
    ids: TokenIds,
    checkpoints: Path | None = None,
) -> Fit:
    """Tunes `model` in place; the same examples, parameters, device and threads give the same model.

    Args:
        model: the base model with its classifier.
        examples: what it is shown.
        parameters: schedule and the rest.
        precision: of the forward passes.
        ids: of the tokenizer's tokens.
        checkpoints: folder whose last checkpoint of this training is gone on from, and that gets more; None keeps none.
    """
    # Some CUDA kernels have no deterministic form: those warn, and the job goes on.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.manual_seed(parameters.seed)
    freeze_embeddings(model, parameters.freeze_embeddings, tuned=TUNED_EMBEDDINGS)
    if next(model.parameters()).device.type == "cpu":
        drop_no_attention(model)
    folder = checkpoints and folder_of(checkpoints, model, _columns(examples), parameters, precision)
    fitting = _Fitting(model, examples, parameters, precision, ids)
    return fitting.run(LoopCheckpoints(folder, fitting))


class _Fitting:
    def __init__(
        self,
        model: SentenceClassifier,
        examples: Sequence[Example],
        parameters: Parameters,
        precision: str,
        ids: TokenIds,
    ) -> None:
        self._model, self._examples, self._parameters = model, examples, parameters
        self._precision, self._padding = precision, ids.padding
        self._device = next(model.parameters()).device
        self._lengths = [len(example.window.input_ids) for example in examples]
        self._steps = parameters.epochs * -(-len(examples) // parameters.batch_size)
        self._optimizer = torch.optim.AdamW(_groups(model, parameters))
        self._schedule = torch.optim.lr_scheduler.LambdaLR(self._optimizer, self._rate)
        self._scaler = torch.amp.GradScaler(self._device.type, enabled=precision == "fp16")
        self._parts = {"optimizer": self._optimizer, "schedule": self._schedule, "scaler": self._scaler}
        self._hider = WordHider(ids.mask, parameters.query_mask_probability, parameters.seed)
        self._history: list[dict[str, float]] = []
        self._started = time.monotonic()

    def run(self, checkpoints: LoopCheckpoints) -> Fit:
        self._model.train()
        resumed = checkpoints.resume()
        losses = []
        for step, batch in itertools.islice(enumerate(self._batches(), start=1), resumed, None):
            losses.append(self._step(batch))
            if step % max(1, min(10, self._steps // 20)) == 0 or step == self._steps:
                self._log(step, sum(losses) / len(losses))
                losses.clear()
                checkpoints.keep_if_due(step)
        self._model.eval()
        return Fit(self._steps, self._history, self._hider.hidden_questions, resumed)

    def tensors(self) -> dict[str, torch.Tensor]:
        return {name: weight for name, weight in self._model.named_parameters() if weight.requires_grad}

    def state(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self._parts.items()} | {
            "hider": self._hider.state(),
            "history": self._history,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        self._hider.set_state(state["hider"])
        self._history = state["history"]

    def _batches(self) -> Iterator[list[int]]:
        """Of all steps; a training that goes on draws those that it has behind it again."""
        draw = random.Random(self._parameters.seed)  # noqa: S311 - an order, not a secret
        for _ in range(self._parameters.epochs):
            yield from step_batches(self._lengths, self._parameters.batch_size, draw)

    def _step(self, batch: list[int]) -> float:
        sentences, windows = self._weights(batch)
        total = 0.0
        for part in parts(batch, self._lengths, BATCH_TOKENS.get(self._device.type, BATCH_TOKENS["cpu"])):
            examples = [self._examples[index] for index in part]
            binary, choice = self._losses(examples)
            loss = binary / sentences + self._parameters.choice_weight * choice / windows
            self._scaler.scale(loss).backward()
            total += float(loss.detach())
        self._scaler.unscale_(self._optimizer)
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), GRADIENT_NORM)
        self._scaler.step(self._optimizer)
        self._scaler.update()
        self._optimizer.zero_grad(set_to_none=True)
        self._schedule.step()
        return total

    def _losses(self, examples: list[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        inputs = pad([self._hider.hide(example.window) for example in examples], self._padding)
        given = {name: torch.from_numpy(array).to(self._device) for name, array in inputs.items()}
        with autocast(self._precision, self._device.type):
            logits = self._model(**given)
        wanted = _moved(targets(examples), self._device)
        return sentence_loss(sentence_logits(logits.float(), wanted), wanted, self._parameters.label_smoothing)

    def _weights(self, batch: list[int]) -> tuple[int, int]:
        """Sentences of a batch, and its windows with a marked one: what the two sums are divided by."""
        wanted = targets([self._examples[index] for index in batch])
        return len(wanted.label), max(1, len(set(wanted.row[wanted.label > 0].tolist())))

    def _rate(self, step: int) -> float:
        warmup = round(self._parameters.warmup_ratio * self._steps)
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return max(0.0, (self._steps - step) / max(1, self._steps - warmup))

    def _log(self, step: int, loss: float) -> None:
        rate, epoch = self._schedule.get_last_lr()[0], self._parameters.epochs * step / self._steps
        self._history.append({"step": step, "loss": round(loss, 6), "learning_rate": rate})
        seconds = time.monotonic() - self._started
        logger.info("%s", step_line(step, self._steps, epoch, loss, rate, seconds))


def _columns(examples: Sequence[Example]) -> dict[str, list[Any]]:
    return {"examples": [example.digest() for example in examples]}


def _moved(wanted: Targets, device: torch.device) -> Targets:
    return wanted._replace(**{name: tensor.to(device) for name, tensor in wanted._asdict().items()})


def _groups(model: SentenceClassifier, parameters: Parameters) -> list[dict[str, Any]]:
    """The encoder's weights, those of them that do not decay, and the classifier with its own learning rate."""
    encoder = [weight for weight in model.encoder.parameters() if weight.requires_grad]
    return [
        {"params": [w for w in encoder if w.ndim > 1], "lr": parameters.learning_rate, "weight_decay": WEIGHT_DECAY},
        {"params": [w for w in encoder if w.ndim <= 1], "lr": parameters.learning_rate, "weight_decay": 0.0},
        {
            "params": list(model.classifier.parameters()),
            "lr": parameters.classifier_learning_rate,
            "weight_decay": WEIGHT_DECAY,
        },
    ]
