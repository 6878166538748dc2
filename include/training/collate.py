"""Batches of pairs whose documents hide, now and then, what their query was copied from."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from .masking import mask_copied_words

Collator = Callable[[list[dict[str, Any]]], dict[str, Any]]


class MaskingCollator:
    """Masks documents at random before a collator tokenises them.

    Masking happens here and not in the data set, so that each epoch draws anew, and the no-duplicates sampler still
    sees that two pairs have the same document.
    """

    def __init__(self, collator: Collator, probability: float, seed: int) -> None:
        self._collator = collator
        self._probability = probability
        self._random = random.Random(seed)  # noqa: S311 - a draw, not a secret
        self.masked_documents = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._collator, name)

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        return self._collator([self._masked(pair) for pair in features])

    def _masked(self, pair: dict[str, Any]) -> dict[str, Any]:
        if self._random.random() >= self._probability:
            return pair
        document = mask_copied_words(pair["query"], pair["document"])
        self.masked_documents += document != pair["document"]
        return pair | {"document": document}
