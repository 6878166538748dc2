"""Hides from a question, now and then, words that its text repeats.

A question that repeats the sentence which answers it teaches a model to match words, as BM25 does. Without some of
them it must find the sentence by the rest of the meaning. The words are hidden in the question and not in the text:
hidden in one sentence only, they would give the sentence away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ...inference.highlighting.windows import Window

# Of the tokens that question and text share, once a question is chosen.
HIDDEN_SHARE = 0.5


class WordHider:
    """Draws which windows get a question with hidden words.

    Args:
        mask_id: of the token that stands for a hidden one; None hides nothing.
        probability: that a window is chosen.
        seed: of the draws.
    """

    def __init__(self, mask_id: int | None, probability: float, seed: int) -> None:
        self._mask_id, self._probability = mask_id, probability
        self._random = np.random.default_rng(seed)
        self.hidden_questions = 0

    def hide(self, window: Window) -> Window:
        """The window itself, or one whose question lacks half of the tokens that the text has too."""
        if self._mask_id is None or self._random.random() >= self._probability:
            return window
        question = np.arange(1, window.question_tokens - 1)
        shared = question[np.isin(window.input_ids[question], window.input_ids[window.question_tokens : -1])]
        hidden = shared[self._random.random(len(shared)) < HIDDEN_SHARE]
        if not len(hidden):
            return window
        self.hidden_questions += 1
        ids = window.input_ids.copy()
        ids[hidden] = self._mask_id
        return window._replace(input_ids=ids)

    def state(self) -> dict[str, Any]:
        """From which the next draws go on."""
        return {"random": self._random.bit_generator.state, "hidden_questions": self.hidden_questions}

    def set_state(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        self._random.bit_generator.state = state["random"]
        self.hidden_questions = state["hidden_questions"]
