"""Plans with prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.cost.prices import price_table, prices_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from include.plan import Plan


@pytest.fixture
def priced_plan(make_plan: Callable[..., Plan]) -> Callable[..., Plan]:
    """Plan of a run with such settings, and the prices of the package's table, with `over` over it."""

    def make(over: dict[str, Any] | None = None, **changed: Any) -> Plan:
        plan = make_plan(**changed)
        return plan.model_copy(update={"dimension": 768, "prices": prices_of(plan.settings, price_table(over))})

    return make
