"""Tunes a SPLADE on pairs: ranking among the batch's documents, and a price on words that are in all of them."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from sentence_transformers import SparseEncoderTrainingArguments
from sentence_transformers.sparse_encoder.losses import SparseMultipleNegativesRankingLoss, SpladeLoss
from sentence_transformers.training_args import BatchSamplers
from transformers import PrinterCallback

from .. import team
from ..checkpoints import SparseTrainer, folder_of, train
from ..collate import MaskingCollator
from ..divide import TellEpoch, divided
from ..fit import Fit
from ..steps import StepLog
from ..trainable import drop_no_attention, freeze_embeddings
from .base import DOC_ONLY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ..parameters import Parameters
    from .base import SparseBase

# The queries' table has one number a word and sees few words a step.
TABLE_RATE = 2_000.0
TABLE = r"sub_modules\.query\.0\.weight"
# Of the FLOPS regularisation (Paria et al. 2020), for documents and for queries.
DOCUMENT_PRICE, QUERY_PRICE = 3e-3, 3e-3


def fit(
    base: SparseBase,
    pairs: Sequence[Mapping[str, str]],
    parameters: Parameters,
    precision: str,
    checkpoints: Path | None = None,
) -> Fit:
    """Tunes the model in place; the same pairs, parameters, device and threads give the same model.

    Args:
        base: the model.
        pairs: `{"query", "document"}`.
        parameters: of the job.
        precision: of the forward passes.
        checkpoints: folder whose last checkpoint of this training is gone on from, and that gets more; None keeps none.
    """
    # Some CUDA kernels have no deterministic form: those warn, and the job goes on.
    torch.use_deterministic_algorithms(True, warn_only=True)
    model = base.model
    freeze_embeddings(model, parameters.freeze_embeddings)
    if model.device.type == "cpu":
        drop_no_attention(model)
    log = StepLog()
    columns = {name: [pair[name] for pair in pairs] for name in ("query", "document")}
    folder = checkpoints and folder_of(checkpoints, model, columns, parameters, precision)
    with tempfile.TemporaryDirectory(prefix="trainer-") as scratch:
        trainer = SparseTrainer(
            model=model,
            args=_arguments(scratch, len(pairs), parameters, precision, _rates(parameters)),
            train_dataset=Dataset.from_list([dict(pair) for pair in pairs]),
            loss=_loss(base, parameters),
            callbacks=[log, TellEpoch()],
        )
        trainer.remove_callback(PrinterCallback)
        part, hidden = (team.rank(), team.size()), parameters.query_mask_probability
        collator = MaskingCollator(trainer.data_collator, hidden, parameters.seed, part)
        trainer.data_collator = collator
        resumed = train(trainer, collator, folder)
        # Else the model stays in mixed precision: accelerate replaced its forward function.
        trainer.accelerator.unwrap_model(model, keep_fp32_wrapper=False)
    _no_negative_weights(base, parameters)
    masked = sum(team.of_all(collator.masked_documents))
    return Fit(len(pairs), int(trainer.state.global_step), log.history, masked, resumed)


def _loss(base: SparseBase, parameters: Parameters) -> SpladeLoss:
    return SpladeLoss(
        base.model,
        loss=SparseMultipleNegativesRankingLoss(base.model, gather_across_devices=team.size() > 1),
        document_regularizer_weight=DOCUMENT_PRICE,
        query_regularizer_weight=0.0 if parameters.sparse_mode == DOC_ONLY else QUERY_PRICE,
    )


def _no_negative_weights(base: SparseBase, parameters: Parameters) -> None:
    if parameters.sparse_mode == DOC_ONLY:
        with torch.no_grad():
            base.model[0].sub_modules["query"][0].weight.clamp_(min=0.0)


def _rates(parameters: Parameters) -> dict[str, float]:
    """Learning rates by pattern; the trainer refuses a pattern that no weight has."""
    return {TABLE: TABLE_RATE * parameters.learning_rate} if parameters.sparse_mode == DOC_ONLY else {}


def _arguments(
    folder: str, pairs: int, parameters: Parameters, precision: str, rates: dict[str, float]
) -> SparseEncoderTrainingArguments:
    steps, size = parameters.epochs * -(-pairs // parameters.batch_size), team.size()
    options: dict[str, Any] = {
        "num_train_epochs": parameters.epochs,
        "per_device_train_batch_size": parameters.batch_size // size,
        "learning_rate": parameters.learning_rate,
        "learning_rate_mapping": rates,
        "router_mapping": {"query": "query", "document": "document"},
        "warmup_steps": parameters.warmup_ratio,
        "lr_scheduler_type": "linear",
        "seed": parameters.seed,
        "batch_sampler": BatchSamplers.NO_DUPLICATES if size == 1 else divided(parameters.batch_size, size, True),
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
    return SparseEncoderTrainingArguments(output_dir=folder, **options)
