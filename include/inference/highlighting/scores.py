"""From the logits of tokens to the sentences that are highlighted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .windows import NO_SENTENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .windows import Document, Window

THRESHOLD = 0.5
FALLBACK_THRESHOLD = 0.05


def sentence_probabilities(document: Document, token_logits: Sequence[np.ndarray]) -> np.ndarray:
    """The probability of each sentence of a document: sigmoid of the mean of its tokens' logits.

    The classifier is linear, so this mean is the classifier's answer to the mean of the tokens' states. A sentence of
    several windows is one mean over all of them.

    Args:
        document: sentences and windows.
        token_logits: for each window, float32 of shape (tokens of the window or more,).

    Returns:
        float64, shape (sentences,); 0 for a sentence without tokens.
    """
    number = len(document.sentences)
    if not document.windows:
        return np.zeros(number)
    ids = np.concatenate([window.sentence_ids for window in document.windows])
    logits = np.concatenate(
        [logits[: len(window.sentence_ids)] for window, logits in zip(document.windows, token_logits, strict=True)]
    )
    own = ids != NO_SENTENCE
    counts = np.bincount(ids[own], minlength=number)
    sums = np.bincount(ids[own], weights=logits[own].astype(np.float64), minlength=number)
    means = sums / np.maximum(counts, 1)
    return np.where(counts > 0, 1 / (1 + np.exp(-np.clip(means, -60, 60))), 0.0)


def choose(probabilities: np.ndarray, threshold: float, fallback_threshold: float) -> list[int]:
    """The sentences to highlight: those at or above the threshold, else the best if it reaches the fall-back's.

    Source: the rule of opensearch-semantic-highlighter-v1.
    """
    chosen = np.flatnonzero(probabilities >= threshold)
    if not len(chosen) and len(probabilities) and probabilities.max() >= fallback_threshold:
        return [int(probabilities.argmax())]
    return [int(index) for index in chosen]


def pad(windows: Sequence[Window], padding_id: int) -> dict[str, np.ndarray]:
    """Windows as one batch: `input_ids`, `attention_mask`, `token_type_ids`, each int64 of shape (windows, longest)."""
    longest = max(len(window.input_ids) for window in windows)
    ids = np.full((len(windows), longest), padding_id, dtype=np.int64)
    mask, types = np.zeros_like(ids), np.zeros_like(ids)
    for row, window in enumerate(windows):
        tokens = len(window.input_ids)
        ids[row, :tokens] = window.input_ids
        mask[row, :tokens] = 1
        types[row, window.question_tokens : tokens] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
