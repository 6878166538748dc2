"""Ranking as in `ranking`, without the negatives that the base model finds nearer than the pair's own document.

Solatorio 2024, GISTEmbed: Guided In-sample Selection of Training Negatives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentence_transformers.sentence_transformer.losses import CachedGISTEmbedLoss, GISTEmbedLoss

if TYPE_CHECKING:
    import torch

    from .kind import Parts

# That of the other ranking losses, whose scale is its inverse; the library's 0.01 is for models with a flatter cosine.
TEMPERATURE = 0.05


def gist(parts: Parts) -> torch.nn.Module:
    """Guided by the base model as it was before training."""
    return GISTEmbedLoss(parts.model, parts.guide, temperature=TEMPERATURE, gather_across_devices=parts.gathers)


def cached_gist(parts: Parts) -> torch.nn.Module:
    """The same for batches larger than the memory."""
    return CachedGISTEmbedLoss(
        parts.model,
        parts.guide,
        temperature=TEMPERATURE,
        mini_batch_size=parts.mini_batch,
        gather_across_devices=parts.gathers,
    )
