"""Documents' own words, weighted by BM25's formula, with word counts that an encoder has learnt.

A sparse model without masked-language head starts here: untrained, its weights are BM25's, so it finds about what BM25
finds, and training can only move from there. BM25: Robertson & Zaragoza 2009, The Probabilistic Relevance Framework;
learnt term weights in its place: Dai & Callan 2020 (DeepCT), Mallia et al. 2021 (DeepImpact).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import torch
from sentence_transformers.base.modules import Module
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Self

K1 = 1.2
B = 0.75
NEIGHBOURS = 8
# A token counts at least e^-4 and at most e^4 times.
LARGEST_LOGARITHM = 4.0


class LexicalWeights(Module):
    """Token states into the weights of the tokens, one column a word of the vocabulary.

    A word's count is the sum over its places of exp(w·state + b(word)), all 1 before training; part of it is counted
    for its neighbours too (create for creates), as stemming would. BM25's saturation and length normalisation make
    the weights of the counts.

    Args:
        state_size: components of a token's state.
        vocabulary_size: columns.
        average_length: tokens of a document, on average.
        ignored: ids that are no words: of the special tokens.
        neighbours: that a word has at most; see `set_neighbours`.
    """

    config_keys: ClassVar[list[str]] = ["state_size", "vocabulary_size", "average_length", "ignored", "neighbours"]

    def __init__(
        self,
        state_size: int,
        vocabulary_size: int,
        average_length: float,
        ignored: Sequence[int] = (),
        neighbours: int = NEIGHBOURS,
    ) -> None:
        super().__init__()
        self.state_size, self.vocabulary_size = state_size, vocabulary_size
        self.average_length, self.ignored = average_length, sorted(ignored)
        self.importance = nn.Linear(state_size, 1)
        self.word_importance = nn.Parameter(torch.zeros(vocabulary_size))
        nn.init.zeros_(self.importance.weight)
        nn.init.zeros_(self.importance.bias)
        is_word = torch.ones(vocabulary_size, dtype=torch.bool)
        is_word[self.ignored] = False
        self.register_buffer("is_word", is_word, persistent=False)
        self.neighbours = neighbours
        self.register_buffer("neighbour_ids", torch.zeros(vocabulary_size, neighbours, dtype=torch.int32))
        self.neighbour_share = nn.Parameter(torch.zeros(vocabulary_size, neighbours))

    def set_neighbours(self, ids: torch.Tensor, shares: torch.Tensor) -> None:
        """Sets what part of each word's count is counted for which other words; a share of 0 stays 0 in training.

        Args:
            ids: shape (vocabulary, neighbours).
            shares: of the same shape.
        """
        self.neighbour_ids.copy_(ids)
        with torch.no_grad():
            self.neighbour_share.copy_(shares)

    def forward(self, features: dict[str, torch.Tensor | Any], **_: Any) -> dict[str, torch.Tensor | Any]:
        """Adds `sentence_embedding`: float32, shape (texts, vocabulary)."""
        ids, states = features["input_ids"], features["token_embeddings"]
        # In float32 whatever the encoder computes in: an exponential of 8 bits of mantissa is off by percents.
        with torch.autocast(states.device.type, enabled=False):
            features["sentence_embedding"] = self._weights(ids, states.float(), features["attention_mask"])
        return features

    def adds_to(self, ids: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """Whether a token counts for one of these words, itself or as a neighbour; of the shape of `ids`."""
        asked = torch.zeros(self.vocabulary_size, dtype=torch.bool, device=ids.device)
        asked[columns] = True
        near = asked[self.neighbour_ids[ids].long()] & (self.neighbour_share[ids] > 0)
        return asked[ids] | near.any(dim=-1)

    def weigh_columns(
        self,
        ids: torch.Tensor,
        states: torch.Tensor,
        rows: torch.Tensor,
        lengths: torch.Tensor,
        columns: torch.Tensor,
    ) -> torch.Tensor:
        """The weights of some words only, as `forward` gives them for all; shape (texts, columns).

        Args:
            ids: of all texts' tokens, one after another; those that do not add to the words may be left out.
            states: of these tokens.
            rows: the text of each token.
            lengths: words of each text.
            columns: ids of the words, ascending.
        """
        counts = self._counts(ids, states.float())
        shared = counts.unsqueeze(-1) * self.neighbour_share[ids].relu()
        summed = counts.new_zeros(len(lengths), len(columns))
        for words, text, amounts in (
            (ids, rows, counts),
            (self.neighbour_ids[ids].flatten().long(), rows.repeat_interleave(self.neighbours), shared.flatten()),
        ):
            places = torch.searchsorted(columns, words).clamp(max=len(columns) - 1)
            wanted = columns[places] == words
            summed = summed.index_put((text[wanted], places[wanted]), amounts[wanted], accumulate=True)
        return self._saturated(summed, lengths.unsqueeze(1))

    def _weights(self, ids: torch.Tensor, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        words = mask.bool() & self.is_word[ids]
        counts = self._counts(ids, states) * mask
        summed = counts.new_zeros(len(ids), self.vocabulary_size).scatter_add(1, ids, counts)
        shared = counts.unsqueeze(-1) * self.neighbour_share[ids].relu()
        summed = summed.scatter_add(1, self.neighbour_ids[ids].flatten(1).long(), shared.flatten(1))
        return self._saturated(summed, words.sum(dim=1, keepdim=True))

    def _counts(self, ids: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        """How often each token counts; 0 for what is no word."""
        logarithm = self.importance(states).squeeze(-1) + self.word_importance[ids]
        return logarithm.clamp(-LARGEST_LOGARITHM, LARGEST_LOGARITHM).exp() * self.is_word[ids]

    def _saturated(self, counts: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        return counts * (K1 + 1) / (counts + K1 * (1 - B + B * lengths / self.average_length))

    def get_embedding_dimension(self) -> int:
        """Columns."""
        return self.vocabulary_size

    def save(self, output_path: str, *_: Any, safe_serialization: bool = True, **__: Any) -> None:
        """Writes `config.json` and `model.safetensors`."""
        self.save_config(output_path)
        self.save_torch_weights(output_path, safe_serialization=safe_serialization)

    @classmethod
    def load(cls, model_name_or_path: str, subfolder: str = "", local_files_only: bool = True, **_: Any) -> Self:
        """The module of a folder."""
        where: dict[str, Any] = {"subfolder": subfolder, "local_files_only": local_files_only}
        module = cls(**cls.load_config(model_name_or_path, **where))
        return cls.load_torch_weights(model_name_or_path, **where, model=module)
