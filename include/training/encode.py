"""Texts into vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .hardware import autocast
from .prompts import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sentence_transformers import SentenceTransformer

# Padded tokens of one forward pass. Sets the peak memory, not the result; a CPU's caches hold no more.
BATCH_TOKENS = {"cpu": 2_048, "cuda": 65_536}


def encode(model: SentenceTransformer, texts: Sequence[str], precision: str, side: str = DOCUMENT) -> np.ndarray:
    """Unit-length embeddings, one row a text, in the order given.

    Args:
        model: what encodes; texts longer than its `max_seq_length` are cut.
        texts: any number; sentence-transformers sorts them by length, so that batches carry little padding.
        precision: `fp32`, `bf16` or `fp16` of the forward pass.
        side: `query` or `document`: whose prompt is written before each text.

    Returns:
        float32, shape (len(texts), dimension).
    """
    device = model.device.type
    batch_size = max(1, BATCH_TOKENS.get(device, BATCH_TOKENS["cpu"]) // model.max_seq_length)
    with autocast(precision, device):
        vectors = model.encode(
            list(texts),
            prompt=model.prompts.get(side) or "",
            batch_size=batch_size,
            show_progress_bar=False,
            convert_to_numpy=True,
        )
    vectors = vectors.astype(np.float32).reshape(len(texts), model.get_embedding_dimension())
    # Normalised here and in float32: a model need not end in a Normalize module, and autocast rounds one that does.
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, np.finfo(np.float32).tiny), dtype=np.float32)


def count_truncated(model: SentenceTransformer, texts: Sequence[str], side: str = DOCUMENT) -> int:
    """How many texts have, with the prompt of their side, more tokens than the model reads."""
    if not texts:
        return 0
    prompt = model.prompts.get(side) or ""
    prompted = [prompt + text for text in texts]
    encoded = model.tokenizer(prompted, truncation=False, padding=False, return_attention_mask=False)
    return sum(len(tokens) > model.max_seq_length for tokens in encoded["input_ids"])
