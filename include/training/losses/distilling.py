"""Learning the scores that a cross-encoder gives a pair's document and its negatives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentence_transformers.sentence_transformer.losses import DistillKLDivLoss, MarginMSELoss
from sentence_transformers.util import pairwise_cos_sim

if TYPE_CHECKING:
    import torch

    from .kind import Parts

# A cross-encoder's logits span some 20, a cosine 2: the scale of the ranking losses brings them together.
SCALE = 20.0


def scaled_cosine(queries: torch.Tensor, documents: torch.Tensor) -> torch.Tensor:
    """Cosine of each query with its document, on the scale of a teacher's logits."""
    return SCALE * pairwise_cos_sim(queries, documents)


def margin_mse(parts: Parts) -> torch.nn.Module:
    """How far a negative is behind: Hofstätter et al. 2020, Cross-Architecture Knowledge Distillation."""
    return MarginMSELoss(parts.model, scaled_cosine)


def distill_kl_div(parts: Parts) -> torch.nn.Module:
    """The distribution over the documents: Lin et al. 2020, Distilling Dense Representations for Ranking."""
    return DistillKLDivLoss(parts.model, scaled_cosine)
