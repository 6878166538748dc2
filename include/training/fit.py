"""Tunes a model on pairs: the loss that was asked for, linear schedule with warm-up."""

from __future__ import annotations

import dataclasses
import tempfile
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformerTrainingArguments
from sentence_transformers.training_args import BatchSamplers
from transformers import PrinterCallback

from . import team
from .checkpoints import DenseTrainer, folder_of, train
from .collate import MaskingCollator
from .divide import TellEpoch, divided
from .examples import QUERY, build_columns
from .lora import add_adapters, merge_adapters
from .losses.build import LOSSES, build_loss
from .prompts import DOCUMENT
from .steps import StepLog
from .trainable import drop_no_attention, freeze_embeddings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sentence_transformers import SentenceTransformer

    from .pairs import Pair
    from .parameters import Parameters


@dataclasses.dataclass(frozen=True)
class Fit:
    """What training did.

    Attributes:
        rows: of training: the pairs, or one for each negative.
        steps: optimiser steps.
        loss_history: {"step", "loss", "learning_rate"} of every logged step; the loss is the mean since the one before.
        masked_documents: how often a document was shown without the words its query was copied from, over all epochs.
        resumed_after: the step of the checkpoint that it went on from; 0 if it started at the beginning.
        resumed_documents: whose states the encoder had read before an interruption; only where such are kept.
    """

    rows: int
    steps: int
    loss_history: list[dict[str, float]]
    masked_documents: int
    resumed_after: int = 0
    resumed_documents: int = 0


def fit(
    model: SentenceTransformer,
    pairs: Sequence[Pair],
    parameters: Parameters,
    precision: str,
    negatives: Sequence[Sequence[str]] = (),
    scores: Sequence[Sequence[float]] = (),
    checkpoints: Path | None = None,
) -> Fit:
    """Tunes `model` in place on `pairs`; the same pairs, parameters, device and threads give the same model.

    Of a team, each process gives the same model the same pairs, and has the same model afterwards.

    Args:
        model: the base model.
        pairs: queries and documents.
        parameters: loss, schedule and the rest.
        precision: of the forward passes.
        negatives: of each pair, as many of each; none at all if there are none.
        scores: of each pair's document and of its negatives by a teacher, for a loss that learns them.
        checkpoints: folder whose last checkpoint of this training is gone on from, and that gets more; None keeps none.
    """
    # Some CUDA kernels have no deterministic form: those warn, and the job goes on.
    torch.use_deterministic_algorithms(True, warn_only=True)
    freeze_embeddings(model, parameters.freeze_embeddings)
    if model.device.type == "cpu":
        drop_no_attention(model)
    columns = build_columns(pairs, negatives, scores, LOSSES[parameters.loss].one_negative)
    # The vectors are cut when they are used: training sees them whole, at every dimension that was asked for.
    with model.truncate_embeddings(None):
        loss = build_loss(model, parameters, gathers=team.size() > 1)
        adapters = add_adapters(model, parameters.lora_rank, parameters.seed)
        folder = checkpoints and folder_of(checkpoints, model, columns, parameters, precision)
        fitted = _train(model, loss, columns, parameters, precision, folder)
        merge_adapters(adapters)
    return fitted


def _train(
    model: SentenceTransformer,
    loss: torch.nn.Module,
    columns: dict[str, list[Any]],
    parameters: Parameters,
    precision: str,
    checkpoints: Path | None,
) -> Fit:
    log, rows = StepLog(), len(columns[QUERY])
    # A teacher scored the whole document, so nothing of it is hidden.
    hidden = 0.0 if LOSSES[parameters.loss].taught else parameters.query_mask_probability
    with tempfile.TemporaryDirectory(prefix="trainer-") as scratch:
        trainer = DenseTrainer(
            model=model,
            args=_arguments(scratch, rows, parameters, precision, _prompts(model, columns)),
            train_dataset=Dataset.from_dict(columns),
            loss=loss,
            callbacks=[log, TellEpoch()],
        )
        trainer.remove_callback(PrinterCallback)
        collator = MaskingCollator(trainer.data_collator, hidden, parameters.seed, (team.rank(), team.size()))
        trainer.data_collator = collator
        resumed = train(trainer, collator, checkpoints)
        # Else the model stays in mixed precision: accelerate replaced its forward function.
        trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    masked = sum(team.of_all(collator.masked_documents))
    return Fit(rows, int(trainer.state.global_step), log.history, masked, resumed)


def _prompts(model: SentenceTransformer, columns: Iterable[str]) -> dict[str, str] | None:
    """By column; what is not the query is a document."""
    if not any(model.prompts.values()):
        return None
    return {column: model.prompts[QUERY if column == QUERY else DOCUMENT] for column in columns}


def _arguments(
    folder: str, rows: int, parameters: Parameters, precision: str, prompts: dict[str, str] | None
) -> SentenceTransformerTrainingArguments:
    steps = parameters.epochs * -(-rows // parameters.batch_size)
    in_batch, size = LOSSES[parameters.loss].in_batch, team.size()
    one = BatchSamplers.NO_DUPLICATES if in_batch else BatchSamplers.BATCH_SAMPLER
    options: dict[str, Any] = {
        "num_train_epochs": parameters.epochs,
        "per_device_train_batch_size": parameters.batch_size // size,
        "learning_rate": parameters.learning_rate,
        "warmup_steps": parameters.warmup_ratio,
        "lr_scheduler_type": "linear",
        "seed": parameters.seed,
        "prompts": prompts,
        "batch_sampler": one if size == 1 else divided(parameters.batch_size, size, in_batch),
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "logging_steps": max(1, min(10, steps // 20)),
        # `Checkpoints` says when, if there is a folder for them.
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }
    return SentenceTransformerTrainingArguments(output_dir=folder, **options)
