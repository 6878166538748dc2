"""Writes the model folder of a highlighter: the model, its card, and the code that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...inference.highlighting.classifier import Options, load_classifier, save_classifier
from ..archive import copy_serving_code, refuse_pickles
from ..errors import TrainingError
from .formats import FILES, export_formats
from .predict import token_logits

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..parameters import Parameters
    from .base import HighlighterBase

ENTRY_POINT = "from serving.highlighter import input_fn, model_fn, output_fn, predict_fn  # noqa: F401\n"
MOST_DIFFERENCE = 1e-5


def export_highlighter(
    base: HighlighterBase, folder: Path, card: str, probes: Sequence[tuple[str, str]], parameters: Parameters
) -> dict[str, float]:
    """Writes the tuned model in the published highlighter's layout, and the formats asked for.

    Args:
        base: with the tuned model.
        folder: SM_MODEL_DIR; its root becomes the root of model.tar.gz.
        card: the model card.
        probes: questions and texts that what was written must answer as the model does.
        parameters: thresholds, tokens and formats.

    Returns:
        For each exported format the largest difference from the model's own logits.

    Raises:
        TrainingError: what was written answers otherwise, or holds a pickle.
    """
    save_classifier(base.model, base.tokenizer, options(parameters), folder)
    (folder / "README.md").write_text(card, encoding="utf-8")
    _check_read_back(base, folder, probes)
    differences = export_formats(base, folder, probes, parameters)
    # TorchScript is a zip of code and pickled structure. It is in the archive only where it was asked for by name.
    refuse_pickles(folder, {FILES[name] for name in parameters.export_formats if name == "torchscript"})
    copy_serving_code(folder / "code", ENTRY_POINT)
    return differences


def options(parameters: Parameters) -> Options:
    """How the tuned model is used."""
    return Options(
        threshold=parameters.threshold,
        fallback_threshold=parameters.fallback_threshold,
        max_tokens=parameters.max_sequence_length,
        overlap_tokens=parameters.overlap_tokens,
        language=parameters.language,
    )


def _check_read_back(base: HighlighterBase, folder: Path, probes: Sequence[tuple[str, str]]) -> None:
    windows = [window for document in base.windower.cut(probes) for window in document.windows]
    saved = load_classifier(folder).to(next(base.model.parameters()).device)
    pairs = zip(*(token_logits(model, windows, base.ids.padding, "fp32") for model in (base.model, saved)), strict=True)
    apart = max((float(np.abs(own - read).max()) for own, read in pairs), default=0.0)
    if apart > MOST_DIFFERENCE:
        raise TrainingError(
            f"The saved highlighter answers otherwise than the tuned one: logits differ by up to {apart:.4g}. "
            "Choose a base model of the BERT family."
        )
