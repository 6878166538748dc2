"""The order of Java's HashMap."""

from __future__ import annotations

import pytest

from local.gateway.java.hashmap import in_hash_order


@pytest.mark.parametrize(
    ("keys", "order"),
    [
        ([3, 1, 2], [1, 2, 3]),
        ([17, 16, 1], [16, 17, 1]),
        ([16, 0], [16, 0]),
        ([*range(20, 7, -1)], [*range(8, 21)]),
        ([65_536, 2, 1], [65_536, 1, 2]),
        ([5, 5], [5]),
    ],
    ids=["sorted", "by-bucket", "insertion", "grown", "spread", "once"],
)
def test_in_hash_order_keys_come_by_bucket(keys: list[int], order: list[int]) -> None:
    assert in_hash_order(keys) == order
