"""How common each word of the vocabulary is, and how long a document: what BM25 knows about a corpus."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

BLOCK = 1_000


@dataclasses.dataclass(frozen=True)
class Frequencies:
    """Of a corpus, as the tokenizer cuts it.

    Attributes:
        documents: how many there are.
        containing: documents that have the token, by its id.
        average_length: tokens of a document, special ones not counted, cut at the model's length.
    """

    documents: int
    containing: np.ndarray
    average_length: float

    def inverse(self, ignored: Iterable[int]) -> torch.Tensor:
        """BM25's inverse document frequency of each token, 0 for `ignored` ones: float32, shape (vocabulary,).

        Lucene's form, which is never negative: ln(1 + (N - n + 0.5) / (n + 0.5)).
        """
        weights = np.log1p((self.documents - self.containing + 0.5) / (self.containing + 0.5))
        weights[list(ignored)] = 0.0
        return torch.tensor(weights, dtype=torch.float32)


def count_frequencies(texts: Iterable[str], tokenizer: Any, vocabulary: int, max_tokens: int) -> Frequencies:
    """Counts the tokens of a corpus that is never held whole.

    Args:
        texts: of the documents.
        tokenizer: of the model.
        vocabulary: tokens that there are.
        max_tokens: what a document is cut to, as the model cuts it.
    """
    containing = np.zeros(vocabulary, dtype=np.int64)
    documents, tokens, block = 0, 0, []
    for text in texts:
        block.append(text)
        if len(block) == BLOCK:
            documents, tokens = documents + len(block), tokens + _count(block, tokenizer, max_tokens, containing)
            block = []
    if block:
        documents, tokens = documents + len(block), tokens + _count(block, tokenizer, max_tokens, containing)
    return Frequencies(documents, containing, max(1.0, tokens / max(1, documents)))


def _count(texts: list[str], tokenizer: Any, max_tokens: int, containing: np.ndarray) -> int:
    cut = tokenizer(texts, truncation=True, max_length=max_tokens, padding=False, add_special_tokens=False)
    for ids in cut["input_ids"]:
        containing[np.unique(ids)] += 1
    return sum(map(len, cut["input_ids"]))
