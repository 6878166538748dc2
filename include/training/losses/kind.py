"""What a loss is built of, and what it wants to see."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import torch
    from sentence_transformers import SentenceTransformer


@dataclasses.dataclass(frozen=True)
class Parts:
    """What a loss is built of.

    Attributes:
        model: that is tuned.
        guide: the base model as it was, if the loss is guided.
        mini_batch: texts that a cached loss computes at a time: sets its memory, not its result.
        gathers: the batch is divided among processes, whose documents are negatives as well.
    """

    model: SentenceTransformer
    guide: SentenceTransformer | None
    mini_batch: int
    gathers: bool = False


@dataclasses.dataclass(frozen=True)
class LossKind:
    """A loss and what it wants.

    Attributes:
        build: makes it.
        in_batch: the other documents of a batch are negatives, so no document may be there twice.
        one_negative: takes a single negative a row; several become several rows.
        needs_negatives: is nothing without hard negatives.
        guided: asks the base model which negatives to leave out.
        taught: learns the scores of a teacher, given as labels.
    """

    build: Callable[[Parts], torch.nn.Module]
    in_batch: bool = True
    one_negative: bool = False
    needs_negatives: bool = False
    guided: bool = False
    taught: bool = False
