"""A cross-encoder that scores queries with documents: what a distilling loss learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from sentence_transformers import CrossEncoder

from .base_model import find_model
from .encode import BATCH_TOKENS
from .errors import TrainingError
from .hardware import autocast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from .pairs import Pair
    from .parameters import Parameters

BLOCK = 512
POSITIONS = 512


def load_teacher(parameters: Parameters, channel: Path | None, device: str) -> CrossEncoder:
    """The cross-encoder of the channel, or `teacher_model_id` from Hugging Face; no code of its own is run.

    Raises:
        TrainingError: neither is given, there is no such model, or it gives a pair more than one score.
    """
    if channel is None and not parameters.teacher_model_id:
        raise TrainingError(
            f"loss is {parameters.loss!r}, and there is no teacher. Give teacher_model_id, a cross-encoder, or choose "
            "another loss."
        )
    folder, _ = find_model("teacher_model_id", parameters.teacher_model_id, channel)
    teacher = CrossEncoder(
        str(folder),
        device=device,
        local_files_only=True,
        trust_remote_code=False,
        model_kwargs={"use_safetensors": True},
        activation_fn=torch.nn.Identity(),
    )
    if teacher.num_labels != 1:
        raise TrainingError(
            f"The teacher gives a pair {teacher.num_labels} scores. Valid: a cross-encoder with one, such as "
            "cross-encoder/ms-marco-MiniLM-L6-v2."
        )
    return teacher


def score(
    teacher: CrossEncoder,
    pairs: Sequence[Pair],
    negatives: Sequence[Sequence[str]],
    precision: str,
    progress: Callable[[int, int], None],
) -> list[list[float]]:
    """The teacher's logits for each pair's document and its negatives, in their order; each text is scored once.

    Args:
        teacher: gives one logit a pair.
        pairs: queries and their documents.
        negatives: of each pair.
        precision: of the forward passes.
        progress: called with how many are done, and of how many.
    """
    asked = [
        [(pair.query, text) for text in (pair.document, *texts)] for pair, texts in zip(pairs, negatives, strict=True)
    ]
    distinct = list(dict.fromkeys(each for row in asked for each in row))
    device = teacher.device.type
    length = min(teacher.max_length or POSITIONS, POSITIONS)
    batch_size = max(1, BATCH_TOKENS.get(device, BATCH_TOKENS["cpu"]) // length)
    scores: dict[tuple[str, str], float] = {}
    for start in range(0, len(distinct), BLOCK):
        block = distinct[start : start + BLOCK]
        with autocast(precision, device):
            found = teacher.predict(block, batch_size=batch_size, show_progress_bar=False)
        scores |= dict(zip(block, found.astype(float).tolist(), strict=True))
        progress(len(scores), len(distinct))
    return [[scores[each] for each in row] for row in asked]
