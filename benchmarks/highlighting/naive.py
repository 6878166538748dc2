"""A naive batch, our own: every window of a request padded to the longest of them, in the order they came.

At most 50 rows a pass, so that 200 long documents fit into memory. Not the published handler: nothing of that is here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np

from include.inference.highlighting.scores import FALLBACK_THRESHOLD, THRESHOLD, choose, pad, sentence_probabilities

if TYPE_CHECKING:
    from benchmarks.highlighting.forward import Forward

MOST_ROWS = 50


def naive_batch(forward: Forward, body: str) -> str:
    """The answer to `{"inputs": […]}`, with the same sentences, windows and scores as the handler's."""
    items = json.loads(body)["inputs"]
    documents = forward.cut([(item["question"], item["context"]) for item in items])
    windows = [window for document in documents for window in document.windows]
    longest = max(len(window.input_ids) for window in windows)
    logits: list[np.ndarray] = []
    for start in range(0, len(windows), MOST_ROWS):
        rows = pad(windows[start : start + MOST_ROWS], 0)
        wider = {name: np.pad(values, ((0, 0), (0, longest - values.shape[1]))) for name, values in rows.items()}
        logits += list(forward.run(wider))
    highlights, used = [], 0
    for document in documents:
        own, used = logits[used : used + len(document.windows)], used + len(document.windows)
        chosen = choose(sentence_probabilities(document, own), THRESHOLD, FALLBACK_THRESHOLD)
        highlights.append([document.sentences[index]._asdict() for index in chosen])
    return json.dumps({"highlights": highlights})
