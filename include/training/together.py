"""Hyperparameters that cannot both be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import TrainingError

if TYPE_CHECKING:
    from .parameters import Parameters

NEED_TEACHER = ("margin_mse", "distill_kl_div")
NEED_NEGATIVES = ("triplet", *NEED_TEACHER)


def refuse_contradictions(parameters: Parameters) -> None:
    """Checks a dense model's hyperparameters against each other.

    Raises:
        TrainingError: the first thing that does not fit together, and what to do.
    """
    if parameters.model_type == "dense" and parameters.loss in NEED_NEGATIVES and not parameters.hard_negatives:
        raise TrainingError(
            f"loss is {parameters.loss!r} and hard_negatives is 0. It compares a pair's document with negatives: set "
            "hard_negatives to 1 or more, or choose 'mnrl'."
        )
