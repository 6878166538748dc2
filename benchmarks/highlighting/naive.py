"""A naive batch, our own: every window of a request padded to the longest of them, in the order they came.

At most 50 rows a pass, so that 200 long documents fit into memory. Not the published handler: nothing of that is here.
Runs under the containers' interpreter.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import torch

from include.inference.hardware import cores, native_precision
from include.inference.highlighting.classifier import load_classifier
from include.inference.highlighting.scores import FALLBACK_THRESHOLD, THRESHOLD, choose, pad, sentence_probabilities

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.highlighting.forward import Forward
    from include.inference.highlighting.windows import Window

MOST_ROWS = 50
TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


class Naive:
    """Answers batches with the same sentences, windows and scores as the handler.

    Args:
        folder: of the model.
        forward: cuts texts into windows.
    """

    def __init__(self, folder: Path, forward: Forward) -> None:
        self._forward = forward
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self.precision = native_precision(self._device)
        self._model = load_classifier(folder).to(self._device, TYPES[self.precision]).eval()

    def answer(self, body: str) -> str:
        """The answer to `{"inputs": […]}`."""
        torch.set_num_threads(cores())
        items = json.loads(body)["inputs"]
        documents = self._forward.cut((item["question"], item["context"]) for item in items)
        logits = self._logits([window for document in documents for window in document.windows])
        highlights, used = [], 0
        for document in documents:
            own, used = logits[used : used + len(document.windows)], used + len(document.windows)
            chosen = choose(sentence_probabilities(document, own), THRESHOLD, FALLBACK_THRESHOLD)
            highlights.append([document.sentences[index]._asdict() for index in chosen])
        return json.dumps({"highlights": highlights})

    def _logits(self, windows: list[Window]) -> list[np.ndarray]:
        longest = max(len(window.input_ids) for window in windows)
        logits: list[np.ndarray] = []
        for start in range(0, len(windows), MOST_ROWS):
            rows = pad(windows[start : start + MOST_ROWS], 0)
            wider = {name: np.pad(values, ((0, 0), (0, longest - values.shape[1]))) for name, values in rows.items()}
            with torch.inference_mode():
                tensors = {name: torch.from_numpy(values).to(self._device) for name, values in wider.items()}
                logits += list(self._model(**tensors).cpu().numpy())
        return logits
