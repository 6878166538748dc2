"""The order in which Java's `HashMap` gives back integer keys: hits of equal score come in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_CAPACITY = 16
_LOAD_FACTOR = 0.75


def in_hash_order(keys: Iterable[int]) -> list[int]:
    """Distinct `keys` as a `HashMap` iterates them that they were put into one after another.

    Args:
        keys: not negative, below 2**31.
    """
    distinct = list(dict.fromkeys(keys))
    capacity = _CAPACITY
    while len(distinct) > capacity * _LOAD_FACTOR:
        capacity *= 2
    # Within a bucket the order of insertion stays, which a stable sort keeps too.
    return sorted(distinct, key=lambda key: (key ^ (key >> 16)) & (capacity - 1))
