"""How long a training job takes, from what it computes and what an instance computes in a second.

An assumption, not a measurement of AWS: a forward pass is 2, a training step 6 operations a weight and token, and each
kind of instance reaches a share of its peak. All GPUs train, one compares. After a run its own time decides: see
`correction.py`.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from include.cost.gpus import gpus_of

if TYPE_CHECKING:
    from include.plan import Plan

TERAFLOPS = {"g4dn": 12, "g5": 22, "g6": 22, "g6e": 70, "p3": 30, "p4d": 90, "p4de": 90, "p5": 200}
"""Of one GPU, by family: tensor cores in mixed precision at about a third of their peak."""
SHARED = 0.8
"""Of what several GPUs would do each for itself, while they wait for each other after every step: an assumption."""
TERAFLOPS_A_VCPU = 0.06
"""Measured on two cores with bfloat16 (docs/benchmarks.md, machine M1); an instance without bfloat16 is slower."""
VCPUS = {"large": 2, "xlarge": 4}
START_SECONDS = 60
"""Download, start of Python, upload."""
INSTALL_SECONDS = 90
"""Packages of the container, unless the image is the user's own."""
QUERY_TOKENS = 16
PADDED = 1.6
"""Texts of a batch are as long as its longest; those that are only read are sorted by length before."""
MILLION_WEIGHTS = {384: 21, 512: 38, 768: 85, 1024: 302}
"""By dimension, without the embeddings, which are looked up; of 12 layers, with 1,024 dimensions 24."""
UNKNOWN_MODEL = 85
EPOCHS = {"dense": 3, "sparse": 1, "highlighter": 1}
STEP, FORWARD = 6, 2
_LAYERS = re.compile(r"-L-?(\d+)\b")


def training_seconds(plan: Plan, pairs: float, documents: float, document_tokens: float) -> float:
    """Billable seconds of the training job, by the table.

    Args:
        plan: of the run.
        pairs: that are trained on in each epoch.
        documents: that base and tuned model read for the comparison.
        document_tokens: of a document, on average; what lies beyond `max_sequence_length` is left off.
    """
    training = plan.settings.training
    # A highlighter reads the whole text, piece by piece.
    longest = math.inf if plan.settings.is_highlighter else training.max_sequence_length or 512
    read, padded = min(document_tokens, longest), min(document_tokens * PADDED, longest)
    kind = plan.settings.model.model_type
    epochs = 1 if kind == "sparse" else training.epochs or EPOCHS[kind]
    passes = FORWARD if kind == "sparse" else STEP
    trained = passes * epochs * pairs * (QUERY_TOKENS + padded * (1 + training.hard_negatives))
    compared = 2 * FORWARD * documents * read
    weights = million_weights(plan.settings.model.base_model_id, plan.dimension) * 1e6
    start = START_SECONDS + (0 if training.training_image_uri else INSTALL_SECONDS)
    operations = trained / speed_up(plan) + compared
    return start + operations * weights / (teraflops(training_instance(plan)) * 1e12)


def training_instance(plan: Plan) -> str:
    """As it is asked for."""
    return str(plan.requests()["training_request"]["ResourceConfig"]["InstanceType"])


def speed_up(plan: Plan) -> float:
    """How many times faster all processes train than one."""
    if not plan.settings.trains_all_weights:
        return 1.0
    processes = plan.settings.training.training_instance_count * max(1, gpus_of(training_instance(plan)))
    return 1.0 if processes == 1 else SHARED * processes


def teraflops(instance_type: str) -> float:
    """What one GPU of an instance reaches, or all of its cores, 10¹² operations a second.

    Example:
        >>> teraflops("ml.g5.xlarge"), teraflops("ml.m5.4xlarge")
        (22, 0.96)
    """
    _, family, size = instance_type.split(".")
    if family in TERAFLOPS:
        return TERAFLOPS[family]
    times = size.removesuffix("xlarge")
    vcpus = VCPUS.get(size) or (4 * int(times) if times.isdigit() else 2)
    return round(vcpus * TERAFLOPS_A_VCPU, 3)


def million_weights(base_model_id: str, dimension: int | None) -> float:
    """Weights of the base model that compute, in millions, by its dimension; its name may say how many layers it has.

    Example:
        >>> million_weights("s3://models/all-MiniLM-L6-v2", 384), million_weights("BAAI/bge-base-en-v1.5", 768)
        (10.5, 85)
    """
    layers = _LAYERS.search(base_model_id)
    weights = MILLION_WEIGHTS.get(dimension or 0, UNKNOWN_MODEL)
    return weights * int(layers[1]) / 12 if layers else weights
