"""From the name of a loss to the loss."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss

from .distilling import distill_kl_div, margin_mse
from .guided import cached_gist, gist
from .kind import LossKind, Parts
from .ranking import cached_mnrl, mnrl
from .triplet import triplet

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

    from ..parameters import Parameters

LOSSES: dict[str, LossKind] = {
    "mnrl": LossKind(mnrl),
    "cached_mnrl": LossKind(cached_mnrl),
    "gist": LossKind(gist, one_negative=True, guided=True),
    "cached_gist": LossKind(cached_gist, one_negative=True, guided=True),
    "triplet": LossKind(triplet, in_batch=False, one_negative=True, needs_negatives=True),
    "margin_mse": LossKind(margin_mse, in_batch=False, needs_negatives=True, taught=True),
    "distill_kl_div": LossKind(distill_kl_div, in_batch=False, needs_negatives=True, taught=True),
}
# Tokens of one mini-batch of a cached loss, with all that the backward pass needs.
MINI_BATCH_TOKENS = {"cpu": 4_096, "cuda": 32_768}


def build_loss(model: SentenceTransformer, parameters: Parameters, gathers: bool = False) -> torch.nn.Module:
    """The loss that `loss` names, over all of `matryoshka_dimensions` if there are any.

    Args:
        model: that is tuned; a guided loss keeps a copy of it as it is now.
        parameters: of the job.
        gathers: whether batches are divided among processes.
    """
    kind = LOSSES[parameters.loss]
    tokens = MINI_BATCH_TOKENS.get(model.device.type, MINI_BATCH_TOKENS["cpu"])
    guide = copy.deepcopy(model).eval().requires_grad_(False) if kind.guided else None
    loss = kind.build(Parts(model, guide, max(1, tokens // parameters.max_sequence_length), gathers))
    if not parameters.matryoshka_dimensions:
        return loss
    whole = int(model.get_embedding_dimension() or 0)
    return MatryoshkaLoss(model, loss, sorted({whole, *parameters.matryoshka_dimensions}, reverse=True))
