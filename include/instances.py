"""Which instances train and serve where nobody chose any, by kind and size of the model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.cost.gpus import gpus_of
from include.cost.training_time import million_weights
from include.preflight.base_model import DIMENSIONS

if TYPE_CHECKING:
    from include.settings import FinetuneSettings

LARGE = 300
"""Million weights, from which on a base model is called large: 24 layers of 1,024 dimensions have 302."""
USUAL = "ml.g5.xlarge"
"""One A10G of 24 GB, which computes bfloat16: batches of 32 pairs of 512 tokens with a model of base size. The cheaper
`ml.g4dn.xlarge` computes float16 only, in which no training was run here."""
ROOMY = "ml.g6e.xlarge"
"""One L40S of 48 GB: weights, gradients and Adam of a large model are 5 GB, and what its layers keep of such a batch
for the backward pass some 20 GB by the sizes of its tensors, with a hard negative twice that."""
SERVING = "ml.g5.xlarge"
"""Serving keeps nothing for a backward pass: a large model takes 1.3 GB. Without a GPU a query of one sentence would
do, the corpus that is embedded through the same endpoint would not."""


def training_instance(settings: FinetuneSettings, dimension: int | None = None) -> str:
    """The instance that trains: the given one, else by kind and size of the model.

    Only what tunes all of a large model needs the room: a sparse model's `doc-only` way reads the encoder's states in
    one pass without a backward one, and a highlighter's batches are 8 windows of 192 tokens.

    Args:
        settings: of the run.
        dimension: of the base model's vectors; unknown is taken for base size.
    """
    model, given = settings.model, settings.training.training_instance_type
    if given:
        return given
    size = million_weights(model.base_model_id, DIMENSIONS.get(model.base_model_id, dimension))
    return ROOMY if size >= LARGE and settings.trains_all_weights else USUAL


def endpoint_instance(settings: FinetuneSettings) -> str:
    """The instance that serves: the given one, else the same for all."""
    return settings.endpoint.endpoint_instance_type or SERVING


def with_instances(settings: FinetuneSettings, dimension: int | None) -> FinetuneSettings:
    """The settings with both instances written in, as everything that follows from the plan sees them."""
    chosen = training_instance(settings, dimension)
    others = tuple(other for other in settings.training.training_instance_fallbacks if other != chosen)
    return settings.model_copy(
        update={
            "training": settings.training.model_copy(
                update={"training_instance_type": chosen, "training_instance_fallbacks": others}
            ),
            "endpoint": settings.endpoint.model_copy(update={"endpoint_instance_type": endpoint_instance(settings)}),
        }
    )


def instances_told(settings: FinetuneSettings) -> str:
    """Both in words, for the log of the first task.

    Example:
        `2 x ml.g5.12xlarge for training (GPUs used: 8), ml.g5.xlarge for the endpoint`
    """
    trains, count = training_instance(settings), settings.training.training_instance_count
    gpus = count * gpus_of(trains) if settings.trains_all_weights else min(1, gpus_of(trains))
    serves = "serverless" if settings.endpoint.endpoint_type == "serverless" else endpoint_instance(settings)
    return f"{count} x {trains} for training (GPUs used: {gpus}), {serves} for the endpoint"
