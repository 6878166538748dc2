"""The sparse model behind the endpoint."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import torch
import transformers

from ..batches import length_sorted_batches
from ..hardware import cores, native_precision
from ..requests import QUERY
from .model import load_sparse_encoder, rows_of, vocabulary_of
from .vectors import to_weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from scipy import sparse

    from .vectors import Weights

# Padded tokens of one forward pass. A model with a masked-language head makes a number for each of them and each word
# of its vocabulary: 128 KB a token.
BATCH_TOKENS = {"cpu": 2_048, "cuda": 32_768}
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class SparseTexts:
    """Texts into weighted words; safe to call from several threads."""

    def __init__(self, folder: Path, precision: str = "auto") -> None:
        """Loads the model.

        Args:
            folder: root of model.tar.gz, unpacked.
            precision: of the encoder's weights: `fp32`, `bf16`, `fp16`; `auto` takes the 16 bits that the hardware
                computes, else fp32.

        Raises:
            ValueError: another precision.
        """
        if precision not in {"auto", *TYPES}:
            raise ValueError(f"precision is {precision!r}. Valid values: auto, {', '.join(TYPES)}.")
        transformers.utils.logging.disable_progress_bar()
        device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.set_num_threads(cores())
        self.precision = native_precision(device) if precision == "auto" else precision
        self._model = load_sparse_encoder(folder, device, TYPES[self.precision])
        self.vocabulary = vocabulary_of(self._model)
        self._batch_tokens = BATCH_TOKENS[device]
        # Held for one batch at a time, as in encoder.py.
        self._lock = threading.Lock()

    def weigh(self, texts: Sequence[str], side: str) -> list[Weights]:
        """The weighted words of each text, in the order given.

        Args:
            texts: any number; what is longer than the model was trained on is cut.
            side: `query` or `document`.
        """
        found: list[Weights] = [{} for _ in texts]
        for batch in length_sorted_batches(self._lengths(texts), self._batch_tokens):
            with self._lock:
                rows = self._rows([texts[index] for index in batch], side)
            for index, weights in zip(batch, to_weights(rows, self.vocabulary), strict=True):
                found[index] = weights
        return found

    def _rows(self, texts: list[str], side: str) -> sparse.csr_matrix:
        return rows_of(self._model, texts, is_query=side == QUERY)

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        with self._lock:
            tokens = self._model.tokenizer(list(texts), truncation=True, max_length=self._model.max_seq_length)
        return [len(ids) for ids in tokens["input_ids"]]
