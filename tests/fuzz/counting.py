"""Targets of the fuzzer, and how many examples each has been given."""

from __future__ import annotations

import functools
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

LEAST = 50_000
"""Examples of all targets together."""
FACTOR = float(os.environ.get("FUZZ_FACTOR", "1"))
"""More examples of each target, or fewer."""
COUNTS: Counter[str] = Counter()


def fuzz(examples: int, **strategies: SearchStrategy[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A test that is called with so many examples; an error that it does not expect is a crash."""

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @settings(
            max_examples=max(1, round(examples * FACTOR)),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        @given(**strategies)
        @functools.wraps(test)
        def counted(*fixtures: Any, **values: Any) -> None:
            COUNTS[test.__name__.removeprefix("test_")] += 1
            test(*fixtures, **values)

        return counted

    return decorate
