"""Batches of pairs whose documents hide, now and then, what their query was copied from."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import Any

from .masking import mask_copied_words

KEPT_STATES = 4
State = dict[str, Any]
Collator = Callable[[list[dict[str, Any]]], dict[str, Any]]


class MaskingCollator:
    """Masks documents at random before a collator tokenises them.

    Masking happens here and not in the data set, so that each epoch draws anew, and the no-duplicates sampler still
    sees that two pairs have the same document.

    Args:
        collator: what makes tensors of the texts.
        probability: with which a document is masked.
        seed: of the draws.
        part: of a batch that is divided among processes: which one is given here, and of how many. The others' are
            drawn as well, so that together they mask what one process would.
    """

    def __init__(self, collator: Collator, probability: float, seed: int, part: tuple[int, int] = (0, 1)) -> None:
        self._collator = collator
        self._probability = probability
        self._random = random.Random(seed)  # noqa: S311 - a draw, not a secret
        self._part = part
        self.masked_documents = 0
        self._calls = 0
        self._states: deque[tuple[int, State]] = deque([(0, self._state())], maxlen=KEPT_STATES)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collator, name)

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        masked = [self._masked(pair, drawn) for pair, drawn in zip(features, self._draw(len(features)), strict=True)]
        self._calls += 1
        self._states.append((self._calls, self._state()))
        return self._collator(masked)

    def state_at(self, step: int) -> State:
        """After the batch of a step, from which the next ones are drawn; batches are made ahead of their step."""
        return dict(self._states)[step] | {"calls": step}

    def set_state(self, state: State) -> None:
        """Goes on from there."""
        version, internal, gauss = state["random"]
        self._random.setstate((version, tuple(internal), gauss))
        self.masked_documents, self._calls = state["masked_documents"], state["calls"]

    def _state(self) -> State:
        return {"random": self._random.getstate(), "masked_documents": self.masked_documents}

    def _draw(self, rows: int) -> list[float]:
        place, parts = self._part
        return [self._random.random() for _ in range(parts * rows)][place * rows : (place + 1) * rows]

    def _masked(self, pair: dict[str, Any], drawn: float) -> dict[str, Any]:
        if drawn >= self._probability:
            return pair
        document = mask_copied_words(pair["query"], pair["document"])
        self.masked_documents += document != pair["document"]
        return pair | {"document": document}
