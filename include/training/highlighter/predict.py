"""The probability of every sentence, for many questions at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ...inference.batches import length_sorted_batches
from ...inference.highlighting.scores import pad, sentence_probabilities
from ..encode import BATCH_TOKENS
from ..hardware import autocast

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from ...inference.highlighting.classifier import SentenceClassifier
    from ...inference.highlighting.windows import Document, Window


def predict(
    model: SentenceClassifier, documents: Sequence[Document], padding_id: int, precision: str
) -> list[np.ndarray]:
    """Probabilities of each document's sentences, as serving computes them.

    Args:
        model: on the device that computes.
        documents: as the windower cut them.
        padding_id: of the tokenizer.
        precision: `fp32`, `bf16` or `fp16` of the forward passes.

    Returns:
        For each document float64 of shape (sentences,).
    """
    logits = iter(token_logits(model, [w for document in documents for w in document.windows], padding_id, precision))
    return [sentence_probabilities(document, [next(logits) for _ in document.windows]) for document in documents]


def token_logits(
    model: SentenceClassifier, windows: Sequence[Window], padding_id: int, precision: str
) -> list[np.ndarray]:
    """Logits of each window's tokens and of the padding after them, in the order given: float32."""
    device = next(model.parameters()).device
    found: dict[int, np.ndarray] = {}
    lengths = [len(window.input_ids) for window in windows]
    for batch in length_sorted_batches(lengths, BATCH_TOKENS.get(device.type, BATCH_TOKENS["cpu"])):
        inputs = pad([windows[index] for index in batch], padding_id)
        given = {name: torch.from_numpy(array).to(device) for name, array in inputs.items()}
        with torch.inference_mode(), autocast(precision, device.type):
            rows = model(**given).float().cpu().numpy()
        found.update(zip(batch, rows, strict=True))
    return [found[index] for index in range(len(windows))]
