"""How wrong a sentence's logit is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from torch.nn import functional

from ...inference.highlighting.windows import NO_SENTENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .examples import Example


class Targets(NamedTuple):
    """The sentences of a batch of windows, numbered through.

    Attributes:
        sentence: int64, shape (windows, longest): the number of each token's sentence, -1 for none.
        row: int64, shape (sentences,): the window of each sentence.
        label: float32, shape (sentences,): 1 for those to highlight.
    """

    sentence: torch.Tensor
    row: torch.Tensor
    label: torch.Tensor


def targets(examples: Sequence[Example]) -> Targets:
    """The sentences of these windows, in their order."""
    longest = max(len(example.window.sentence_ids) for example in examples)
    sentence = np.full((len(examples), longest), NO_SENTENCE, dtype=np.int64)
    rows: list[int] = []
    labels: list[float] = []
    for row, example in enumerate(examples):
        ids = example.window.sentence_ids
        known = np.unique(ids[ids != NO_SENTENCE])
        sentence[row, : len(ids)] = np.where(ids == NO_SENTENCE, -1, np.searchsorted(known, ids) + len(rows))
        rows += [row] * len(known)
        labels += [float(number in example.marked) for number in known.tolist()]
    return Targets(torch.from_numpy(sentence), torch.tensor(rows), torch.tensor(labels))


def sentence_logits(token_logits: torch.Tensor, wanted: Targets) -> torch.Tensor:
    """The mean of each sentence's token logits, shape (sentences,)."""
    own = wanted.sentence >= 0
    numbers, logits = wanted.sentence[own], token_logits[own]
    sums = torch.zeros(len(wanted.label), device=logits.device).index_add(0, numbers, logits)
    return sums / torch.bincount(numbers, minlength=len(wanted.label))


def sentence_loss(logits: torch.Tensor, wanted: Targets, smoothing: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Two sums: of binary cross-entropies over sentences, and of cross-entropies over windows with a marked sentence.

    The first makes a probability of each logit, so that a threshold means something; the second asks which sentence of
    a window is the marked one, and sets the difference between them where the first is busy with the many others.

    Args:
        logits: of the sentences.
        wanted: of the same windows.
        smoothing: of the binary labels: 0.1 wants 0.05 and 0.95.
    """
    soft = wanted.label * (1 - smoothing) + smoothing / 2
    binary = functional.binary_cross_entropy_with_logits(logits, soft, reduction="sum")
    return binary, _choice(logits, wanted)


def _choice(logits: torch.Tensor, wanted: Targets) -> torch.Tensor:
    """-log of the share that the marked sentences have in the softmax over their window, summed over windows."""
    windows = int(wanted.row.max()) + 1
    table = logits.new_full((windows, int(torch.bincount(wanted.row).max())), -torch.inf)
    first = torch.searchsorted(wanted.row, torch.arange(windows, device=wanted.row.device))
    place = torch.arange(len(wanted.row), device=wanted.row.device) - first[wanted.row]
    all_of = table.index_put((wanted.row, place), logits).logsumexp(1)
    marked = torch.where(wanted.label > 0, logits, -1e4)
    marked_of = table.index_put((wanted.row, place), marked).logsumexp(1)
    has_marked = torch.zeros(windows, device=logits.device).index_add(0, wanted.row, wanted.label) > 0
    return (all_of - marked_of)[has_marked].sum()
