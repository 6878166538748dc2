"""LoRA: small matrices that are trained instead of all weights, and become part of them afterwards.

Hu et al. 2021, LoRA: Low-Rank Adaptation of Large Language Models. Adapters stand on all linear layers of the
transformer, attention and dense ones; what is saved is an ordinary model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from peft import LoraConfig
from peft.tuners.lora import LoraModel

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

NAME = "tuned"


def add_adapters(model: SentenceTransformer, rank: int, seed: int) -> LoraModel | None:
    """Puts adapters into the model's transformer and freezes its own weights, in place; None for rank 0.

    Args:
        model: whose first module is a transformer.
        rank: of the adapters; their outputs are scaled by 2.
        seed: of their first values, which change nothing until they are trained.
    """
    if rank == 0:
        return None
    torch.manual_seed(seed)
    config = LoraConfig(
        r=rank, lora_alpha=2 * rank, lora_dropout=0.0, target_modules="all-linear", exclude_modules=r".*pooler.*"
    )
    return LoraModel(model[0].auto_model, {NAME: config}, NAME)


def merge_adapters(adapters: LoraModel | None) -> None:
    """Adds what the adapters learnt to the weights they stand on, and takes them out, in place."""
    if adapters is not None:
        adapters.merge_and_unload()
