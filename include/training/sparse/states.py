"""The encoder's states of the training documents' tokens, kept for all steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..hardware import autocast
from .parts import StateParts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sentence_transformers import SparseEncoder

    from ...inference.weighting.lexical import LexicalWeights

# Of 384 components in 16 bits, 1.5 GB; what learns from them has some thousand numbers that matter.
MOST_TOKENS = 2_000_000
BATCH_TOKENS = {"cpu": 4_096, "cuda": 65_536}


class DocumentStates:
    """Token ids and states of documents, one after another.

    Args:
        ids: of each document's tokens.
        states: of each document's tokens, shape (tokens, components).
        resumed: documents that were read before an interruption.
    """

    def __init__(self, ids: Sequence[torch.Tensor], states: Sequence[torch.Tensor], resumed: int = 0) -> None:
        self.resumed = resumed
        self._lengths = torch.tensor([len(each) for each in ids])
        self._ends = self._lengths.cumsum(0)
        self._ids, self._states = torch.cat(list(ids)), torch.cat(list(states))

    def __len__(self) -> int:
        return len(self._lengths)

    def weights(self, module: LexicalWeights, documents: torch.Tensor, columns: torch.Tensor) -> torch.Tensor:
        """What the module weighs these words in these documents; shape (documents, columns).

        Args:
            module: computes the same for all words when it serves.
            documents: places of the documents.
            columns: ids of the words, ascending.
        """
        lengths = self._lengths[documents]
        starts = self._ends[documents] - lengths
        rows = torch.repeat_interleave(torch.arange(len(documents)), lengths)
        within = torch.arange(len(rows)) - torch.repeat_interleave(lengths.cumsum(0) - lengths, lengths)
        tokens = torch.repeat_interleave(starts, lengths) + within
        device = module.word_importance.device
        ids, columns = self._ids[tokens].to(device), columns.to(device)
        # Most tokens are of no word that is asked for: their states need not be looked at.
        added = module.adds_to(ids, columns)
        here = added.cpu()
        states = self._states[tokens[here]].to(device)
        return module.weigh_columns(ids[added], states, rows[here].to(device), lengths.to(device), columns)


@torch.no_grad()
def read_states(
    model: SparseEncoder, texts: Sequence[str], precision: str, folder: Path | None = None
) -> DocumentStates:
    """The states of the documents, as far as `MOST_TOKENS` go, in their order.

    Args:
        model: with an encoder at the start of its route for documents.
        texts: of the documents.
        precision: of the forward passes; states are kept in 16 bits.
        folder: has what an interrupted pass over these documents read, and gets more; None keeps nothing.
    """
    parts = StateParts(folder)
    ids, states = parts.read()
    resumed, total, size = len(ids), sum(map(len, ids)), _batch_size(model)
    # Batches begin where they would without an interruption: the same batches give the same states, bit for bit.
    while len(ids) < len(texts) and total <= MOST_TOKENS:
        for words, found in _read(model, texts[len(ids) : len(ids) + size], precision):
            ids.append(words)
            states.append(found)
            total += len(words)
        parts.keep_if_due(ids, states)
    parts.keep_rest(ids, states)
    return DocumentStates(ids, states, resumed)


def _batch_size(model: SparseEncoder) -> int:
    return max(1, BATCH_TOKENS.get(model.device.type, BATCH_TOKENS["cpu"]) // min(model.max_seq_length, 512))


def _read(model: SparseEncoder, texts: Sequence[str], precision: str) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Token ids and states of each text of a batch."""
    encoder, weights = (model[0].sub_modules["document"][place] for place in (0, -1))
    features = encoder.eval().preprocess(list(texts))
    features = {name: value.to(model.device) for name, value in features.items() if torch.is_tensor(value)}
    with autocast(precision, model.device.type):
        found = encoder(features)["token_embeddings"]
    # Special tokens are no words: they neither count nor make a document longer.
    words = features["attention_mask"].bool() & weights.is_word[features["input_ids"]]
    for row, mask in enumerate(words):
        yield features["input_ids"][row][mask].cpu(), found[row][mask].to("cpu", torch.bfloat16)
