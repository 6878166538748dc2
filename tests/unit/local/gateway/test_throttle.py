"""Rate limits."""

from __future__ import annotations

import pytest

from local.gateway.throttle import TokenBucket, bucket


class _Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_take_limit_used_up_refuses_until_refilled() -> None:
    clock = _Clock()
    limit = TokenBucket(2, "MINUTES", clock)
    assert [limit.take() for _ in range(3)] == [True, True, False]
    clock.now = 30
    assert [limit.take() for _ in range(2)] == [True, False]


def test_take_limit_below_one_lets_one_through() -> None:
    limit = TokenBucket(0, "SECONDS", _Clock())
    assert [limit.take() for _ in range(2)] == [True, False]


@pytest.mark.parametrize("half", [None, {}, {"limit": "1"}, {"unit": "SECONDS"}])
def test_bucket_incomplete_limit_is_none(half: dict[str, str] | None) -> None:
    assert bucket(half) is None
