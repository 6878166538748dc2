"""Ranking a pair's document above all others of the batch, and above its hard negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MultipleNegativesRankingLoss,
)

if TYPE_CHECKING:
    import torch

    from .kind import Parts


def mnrl(parts: Parts) -> torch.nn.Module:
    """Multiple negatives ranking loss: Henderson et al. 2017, Efficient Natural Language Response Suggestion."""
    return MultipleNegativesRankingLoss(parts.model, gather_across_devices=parts.gathers)


def cached_mnrl(parts: Parts) -> torch.nn.Module:
    """The same result for batches larger than the memory: Gao et al. 2021, Scaling Deep Contrastive Learning."""
    return CachedMultipleNegativesRankingLoss(
        parts.model, mini_batch_size=parts.mini_batch, gather_across_devices=parts.gathers
    )
