"""How the states of a text's tokens become its vector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sentence_transformers.sentence_transformer.modules import Pooling

from .errors import TrainingError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def pooling_of(model: SentenceTransformer) -> str:
    """The model's pooling as `pooling` names it; several modes joined by +, empty for a model without any."""
    modes = next((module.pooling_mode for module in model if isinstance(module, Pooling)), "")
    return modes if isinstance(modes, str) else "+".join(modes)


def set_pooling(model: SentenceTransformer, mode: str | None) -> None:
    """Makes the model pool as asked, in place; None leaves it as it is.

    Args:
        model: of a Transformer and a Pooling module, and what may follow.
        mode: `cls`, `mean` or `lasttoken`.

    Raises:
        TrainingError: the model has no Pooling module, or the modules behind it expect vectors of another length.
    """
    if mode is None:
        return
    index = next((place for place, module in enumerate(model) if isinstance(module, Pooling)), None)
    if index is None:
        raise TrainingError(
            f"pooling is {mode!r}, and the base model has no Pooling module. Leave pooling empty, or choose a base "
            "model made of Transformer and Pooling."
        )
    pooling = model[index]
    replacement = Pooling(pooling.embedding_dimension, mode, include_prompt=pooling.include_prompt)
    if replacement.pooling_output_dimension != pooling.pooling_output_dimension and index + 2 < len(model):
        raise TrainingError(
            f"pooling is {mode!r}, and the base model's {pooling_of(model)!r} gives vectors of another length, which "
            "the modules behind it expect. Leave pooling empty."
        )
    model[index] = replacement
    # A text's first and last token stand where the model's positions expect them, whatever else is in its batch.
    model.tokenizer.padding_side = "right"
