"""Tunes a model on pairs: multiple negatives ranking loss, no duplicates in a batch, linear schedule with warm-up."""

from __future__ import annotations

import dataclasses
import tempfile
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformerTrainer, SentenceTransformerTrainingArguments
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
from sentence_transformers.training_args import BatchSamplers
from transformers import PrinterCallback

from .collate import MaskingCollator
from .steps import StepLog
from .trainable import drop_no_attention, freeze_embeddings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import SentenceTransformer

    from .pairs import Pair
    from .parameters import Parameters


@dataclasses.dataclass(frozen=True)
class Fit:
    """What training did.

    Attributes:
        steps: optimiser steps.
        loss_history: {"step", "loss", "learning_rate"} of every logged step; the loss is the mean since the one before.
        masked_documents: how often a document was shown without the words its query was copied from, over all epochs.
    """

    steps: int
    loss_history: list[dict[str, float]]
    masked_documents: int


def fit(model: SentenceTransformer, pairs: Sequence[Pair], parameters: Parameters, precision: str) -> Fit:
    """Tunes `model` in place on `pairs`; the same pairs, parameters, device and threads give the same model."""
    # Some CUDA kernels have no deterministic form: those warn, and the job goes on.
    torch.use_deterministic_algorithms(True, warn_only=True)
    freeze_embeddings(model, parameters.freeze_embeddings)
    if model.device.type == "cpu":
        drop_no_attention(model)
    log = StepLog()
    with tempfile.TemporaryDirectory(prefix="trainer-") as folder:
        trainer = SentenceTransformerTrainer(
            model=model,
            args=_arguments(folder, len(pairs), parameters, precision, model.prompts),
            train_dataset=Dataset.from_dict(
                {"query": [pair.query for pair in pairs], "document": [pair.document for pair in pairs]}
            ),
            loss=MultipleNegativesRankingLoss(model),
            callbacks=[log],
        )
        trainer.remove_callback(PrinterCallback)
        collator = MaskingCollator(trainer.data_collator, parameters.query_mask_probability, parameters.seed)
        trainer.data_collator = collator
        trainer.train()
        # Else the model stays in mixed precision: accelerate replaced its forward function.
        trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    return Fit(int(trainer.state.global_step), log.history, collator.masked_documents)


def _arguments(
    folder: str, pairs: int, parameters: Parameters, precision: str, prompts: dict[str, str]
) -> SentenceTransformerTrainingArguments:
    steps = parameters.epochs * -(-pairs // parameters.batch_size)
    options: dict[str, Any] = {
        "num_train_epochs": parameters.epochs,
        "per_device_train_batch_size": parameters.batch_size,
        "learning_rate": parameters.learning_rate,
        "warmup_steps": parameters.warmup_ratio,
        "lr_scheduler_type": "linear",
        "seed": parameters.seed,
        "prompts": prompts if any(prompts.values()) else None,
        "batch_sampler": BatchSamplers.NO_DUPLICATES,
        "bf16": precision == "bf16",
        "fp16": precision == "fp16",
        "use_cpu": not torch.cuda.is_available(),
        "dataloader_pin_memory": torch.cuda.is_available(),
        "logging_steps": max(1, min(10, steps // 20)),
        "save_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
    }
    return SentenceTransformerTrainingArguments(output_dir=folder, **options)
