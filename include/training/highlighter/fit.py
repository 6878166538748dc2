"""Tunes a highlighter: cross-entropy of sentences, two learning rates, a linear schedule with warm-up."""

from __future__ import annotations

import dataclasses
import logging
import random
import time
from typing import TYPE_CHECKING, Any

import torch

from ...inference.highlighting.scores import pad
from ..hardware import autocast
from ..metrics import step_line
from ..trainable import drop_no_attention, freeze_embeddings
from .batches import parts, step_batches
from .hide import WordHider
from .loss import sentence_logits, sentence_loss, targets

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """

    steps: int
    loss_history: list[dict[str, float]]
    hidden_questions: int


@dataclasses.dataclass(frozen=True)
class TokenIds:
    """Ids of the tokenizer that training needs; None where it has no such token."""

    padding: int
    mask: int | None


def fit(
    model: SentenceClassifier, examples: Sequence[Example], parameters: Parameters, precision: str, ids: TokenIds
) -> Fit:
    """Tunes `model` in place; the same examples, parameters, device and threads give the same model."""
    # Some CUDA kernels have no deterministic form: those warn, and the job goes on.
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.manual_seed(parameters.seed)
    freeze_embeddings(model, parameters.freeze_embeddings, tuned=TUNED_EMBEDDINGS)
    if next(model.parameters()).device.type == "cpu":
        drop_no_attention(model)
    return _Fitting(model, examples, parameters, precision, ids).run()


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
        self._hider = WordHider(ids.mask, parameters.query_mask_probability, parameters.seed)
        self._history: list[dict[str, float]] = []
        self._started = time.monotonic()

    def run(self) -> Fit:
        draw = random.Random(self._parameters.seed)  # noqa: S311 - an order, not a secret
        self._model.train()
        step, losses = 0, []
        for _ in range(self._parameters.epochs):
            for batch in step_batches(self._lengths, self._parameters.batch_size, draw):
                losses.append(self._step(batch))
                step += 1
                if step % max(1, min(10, self._steps // 20)) == 0 or step == self._steps:
                    self._log(step, sum(losses) / len(losses))
                    losses.clear()
        self._model.eval()
        return Fit(step, self._history, self._hider.hidden_questions)

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
