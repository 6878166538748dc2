"""Writes the model folder that becomes model.tar.gz: the model, its card, and the code that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from sentence_transformers import SentenceTransformer

from .archive import copy_serving_code, refuse_pickles
from .encode import encode
from .errors import TrainingError
from .layout import write_classic_layout

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ENTRY_POINT = "from serving.embeddings import input_fn, model_fn, output_fn, predict_fn  # noqa: F401\n"
LEAST_COSINE = 0.9999


def export_model(model: SentenceTransformer, folder: Path, card: str, probes: Sequence[str]) -> None:
    """Writes the model in the layout that sentence-transformers, transformers and TEI load, and the code to serve it.

    Args:
        model: the tuned model.
        folder: SM_MODEL_DIR; its root becomes the root of model.tar.gz.
        card: sections added to sentence-transformers' own model card.
        probes: texts whose vectors must be the same once the model has been read back.

    Raises:
        TrainingError: a file of the model is a pickle, or the model read back gives other vectors.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(str(folder), safe_serialization=True)
    write_classic_layout(folder, model.max_seq_length)
    with (folder / "README.md").open("a", encoding="utf-8") as readme:
        readme.write(card)
    refuse_pickles(folder)
    _check_read_back(model, folder, probes)
    copy_serving_code(folder / "code", ENTRY_POINT)


def _check_read_back(model: SentenceTransformer, folder: Path, probes: Sequence[str]) -> None:
    saved = SentenceTransformer(
        str(folder), device=model.device.type, local_files_only=True, trust_remote_code=model.trust_remote_code
    )
    cosines = np.sum(encode(model, probes, "fp32") * encode(saved, probes, "fp32"), axis=1)
    if cosines.min() < LEAST_COSINE:
        raise TrainingError(
            f"The saved model gives other vectors than the tuned one (cosine {cosines.min():.4f}): its modules "
            "do not fit the common layout. Choose a base model made of Transformer, Pooling, Dense and Normalize."
        )
