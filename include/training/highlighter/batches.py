"""The order in which examples are learnt: at random, in batches of like length."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...inference.batches import length_sorted_batches

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator, Sequence

# Batches that are sorted by length together: more leave less padding, and make batches more alike.
SORTED_TOGETHER = 16


def step_batches(lengths: Sequence[int], batch_size: int, draw: random.Random) -> Iterator[list[int]]:
    """Index lists that cover all examples once in random order, each of `batch_size` examples of like length."""
    order = draw.sample(range(len(lengths)), len(lengths))
    steps: list[list[int]] = []
    together = batch_size * SORTED_TOGETHER
    for start in range(0, len(order), together):
        block = sorted(order[start : start + together], key=lambda index: lengths[index])
        steps += [block[first : first + batch_size] for first in range(0, len(block), batch_size)]
    draw.shuffle(steps)
    yield from steps


def parts(batch: Sequence[int], lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """A step's batch in parts within a budget of padded tokens: their gradients add up to the batch's."""
    for places in length_sorted_batches([lengths[index] for index in batch], batch_tokens):
        yield [batch[place] for place in places]
