"""The tuned model behind the endpoint."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

# The model comes with the container, so nothing is fetched at start-up. Read when Hugging Face's code is imported.
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Threads that wait for each other sleep instead of spinning: measured on 2 cores that others use too, a quarter of the
# CPU time. Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import torch
import transformers
from sentence_transformers import SentenceTransformer

from .batches import length_sorted_batches
from .hardware import cores, native_precision
from .requests import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Padded tokens of one forward pass. More fill a CPU's caches and are slower; a GPU wants more.
BATCH_TOKENS = {"cpu": 2_048, "cuda": 65_536}
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Encoder:
    """Texts into unit-length vectors; safe to call from several threads."""

    def __init__(
        self, folder: Path, precision: str = "auto", batch_tokens: int | None = None, is_trusted: bool = False
    ) -> None:
        """Loads the model.

        Args:
            folder: root of model.tar.gz, unpacked.
            precision: of weights and forward passes: `fp32`, `bf16`, `fp16`; `auto` takes the 16 bits that the hardware
                computes, else fp32. On a CPU bf16 is 1.7 times as fast, its vectors' cosine with fp32 above 0.9999.
            batch_tokens: padded tokens of one forward pass; sets memory and speed, not the result.
            is_trusted: code of the model's own, which lies beside it, may be run.

        Raises:
            ValueError: another precision.
        """
        if precision not in {"auto", *TYPES}:
            raise ValueError(f"precision is {precision!r}. Valid values: auto, {', '.join(TYPES)}.")
        transformers.utils.logging.disable_progress_bar()
        device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.set_num_threads(cores())
        self.precision = native_precision(device) if precision == "auto" else precision
        self._model = SentenceTransformer(
            str(folder),
            device=device,
            local_files_only=True,
            trust_remote_code=is_trusted,
            model_kwargs={"dtype": TYPES[self.precision], "use_safetensors": True},
        ).eval()
        self._batch_tokens = batch_tokens or BATCH_TOKENS[device]
        # Held for one batch at a time: the tokenizer is not thread safe, one forward pass keeps all cores busy, and a
        # request of one text need not wait for all of a large one.
        self._lock = threading.Lock()

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        return int(self._model.get_embedding_dimension() or 0)

    def encode(self, texts: Sequence[str], input_type: str = DOCUMENT) -> np.ndarray:
        """Unit-length embeddings, one row a text, in the order given.

        Args:
            texts: any number; what is longer than the model was trained on is cut.
            input_type: `query` or `document`: whose prompt of the model is written before each text.

        Returns:
            float32, shape (len(texts), dimension).
        """
        embeddings = np.zeros((len(texts), self.dimension), dtype=np.float32)
        prompt = self._model.prompts.get(input_type) or ""
        for batch in length_sorted_batches(self._lengths(texts), self._batch_tokens):
            with self._lock:
                rows = self._model.encode(
                    [texts[index] for index in batch], prompt=prompt, batch_size=len(batch), show_progress_bar=False
                )
            # Normalised in float32: the model's own normalisation is rounded to its precision.
            embeddings[batch] = rows / np.linalg.norm(rows.astype(np.float32), axis=1, keepdims=True)
        return embeddings

    def _lengths(self, texts: Sequence[str]) -> list[int]:
        if not texts:
            return []
        with self._lock:
            tokens = self._model.tokenizer(list(texts), truncation=True, max_length=self._model.max_seq_length)
        return [len(ids) for ids in tokens["input_ids"]]
