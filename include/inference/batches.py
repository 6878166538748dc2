"""Groups texts of like length, so that little of a batch is padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def length_sorted_batches(lengths: Sequence[int], batch_tokens: int) -> Iterator[list[int]]:
    """Index lists that cover all texts once, longest first, each within a budget of padded tokens.

    Args:
        lengths: tokens of each text.
        batch_tokens: most tokens of a batch once all are padded to its longest; a text longer than that goes alone.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        # Sorted, so a batch's first text is its longest.
        longest = longest if batch else lengths[index]
        if batch and longest * (len(batch) + 1) > batch_tokens:
            yield batch
            batch, longest = [], lengths[index]
        batch.append(index)
    if batch:
        yield batch
