"""The model that is tuned: an encoder that gets a new classifier, or a highlighter that is tuned further."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError, safe_open

from ...inference.highlighting.classifier import WEIGHTS, load_classifier, load_tokenizer
from ...inference.highlighting.sentences import SentencexSplitter
from ...inference.highlighting.windows import Windower
from ..base_model import check_length, find_base_model
from ..errors import TrainingError
from .fit import TokenIds

if TYPE_CHECKING:
    from pathlib import Path

    from tokenizers import Tokenizer

    from ...inference.highlighting.classifier import SentenceClassifier
    from ..parameters import Parameters


@dataclasses.dataclass(frozen=True)
class HighlighterBase:
    """A loaded base model and what identifies it.

    Attributes:
        model: on the device that computes.
        tokenizer: its own.
        windower: cuts texts for it, in training as in serving.
        ids: of the tokens that training needs.
        weights_sha256: of its weights.
        is_highlighter: it came with a classifier, so that it can be evaluated as it is.
    """

    model: SentenceClassifier
    tokenizer: Tokenizer
    windower: Windower
    ids: TokenIds
    weights_sha256: str
    is_highlighter: bool


def load_highlighter_base(parameters: Parameters, channel: Path | None, device: str) -> HighlighterBase:
    """The base model; a new classifier is drawn with the seed.

    Args:
        parameters: which model, and the sequence length it shall read.
        channel: folder of the channel base_model; None downloads `base_model_id` from Hugging Face.
        device: `cpu` or `cuda`.

    Raises:
        TrainingError: there is no such model, it is no encoder that a highlighter can be made of, or it has no
            positions for the sequence length.
    """
    folder, weights_sha256 = find_base_model(parameters, channel)
    torch.manual_seed(parameters.seed)
    try:
        is_highlighter = _has_classifier(folder / WEIGHTS)
        model = load_classifier(folder, new_classifier=True)
        tokenizer = load_tokenizer(folder)
        splitter = SentencexSplitter(parameters.language)
        windower = Windower(tokenizer, splitter, parameters.max_sequence_length, parameters.overlap_tokens)
    except (ValueError, OSError, SafetensorError) as error:
        raise TrainingError(
            f"{parameters.base_model_id} cannot become a highlighter: {error} Valid: a BERT-style encoder with "
            "config.json, model.safetensors and its tokenizer, or a highlighter. Choose such a base model."
        ) from error
    check_length(parameters, model.encoder)
    ids = TokenIds(tokenizer.token_to_id("[PAD]") or 0, tokenizer.token_to_id("[MASK]"))
    return HighlighterBase(model.to(device), tokenizer, windower, ids, weights_sha256, is_highlighter)


def _has_classifier(weights: Path) -> bool:
    with safe_open(str(weights), framework="pt") as opened:
        return "classifier.weight" in opened.keys()  # noqa: SIM118 - it has no __contains__
