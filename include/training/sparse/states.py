"""The encoder's states of the training documents' tokens, kept for all steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ..hardware import autocast

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    """

    def __init__(self, ids: Sequence[torch.Tensor], states: Sequence[torch.Tensor]) -> None:
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
def read_states(model: SparseEncoder, texts: Sequence[str], precision: str) -> DocumentStates:
    """The states of the documents, as far as `MOST_TOKENS` go, in their order.

    Args:
        model: with an encoder at the start of its route for documents.
        texts: of the documents.
        precision: of the forward passes; states are kept in 16 bits.
    """
    encoder, weights = (model[0].sub_modules["document"][place] for place in (0, -1))
    encoder, device = encoder.eval(), model.device.type
    ids: list[torch.Tensor] = []
    states: list[torch.Tensor] = []
    size = max(1, BATCH_TOKENS.get(device, BATCH_TOKENS["cpu"]) // min(model.max_seq_length, 512))
    total = 0
    for start in range(0, len(texts), size):
        features = encoder.preprocess(list(texts[start : start + size]))
        features = {name: value.to(model.device) for name, value in features.items() if torch.is_tensor(value)}
        with autocast(precision, device):
            found = encoder(features)["token_embeddings"]
        # Special tokens are no words: they neither count nor make a document longer.
        words = features["attention_mask"].bool() & weights.is_word[features["input_ids"]]
        for row, mask in enumerate(words):
            ids.append(features["input_ids"][row][mask].cpu())
            states.append(found[row][mask].to("cpu", torch.bfloat16))
            total += len(ids[-1])
        if total > MOST_TOKENS:
            break
    return DocumentStates(ids, states)
