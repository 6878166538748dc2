"""The pair's document nearer than one negative, by a margin of cosine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentence_transformers.sentence_transformer.losses import TripletDistanceMetric, TripletLoss

if TYPE_CHECKING:
    import torch

    from .kind import Parts

# Of cosine. The library's margin of 5 is for distances of vectors that are not of unit length: there no pair of these
# would ever be far enough apart.
MARGIN = 0.2


def triplet(parts: Parts) -> torch.nn.Module:
    """Triplet loss: Schroff et al. 2015, FaceNet."""
    return TripletLoss(parts.model, TripletDistanceMetric.COSINE, MARGIN)
