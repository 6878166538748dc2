"""`max_cost_usd`: a run that would cost more ends before anything is spent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.cost.prices import VARIABLE
from include.cost.table import shown
from include.errors import TerminalError

if TYPE_CHECKING:
    from include.cost.estimate import Estimate
    from include.plan import Plan


def check_prices(plan: Plan) -> None:
    """Nothing, if all that the run pays for has a price, or there is no limit.

    Raises:
        TerminalError: `max_cost_usd` is given, and something has no price.
    """
    limit, unknown = plan.settings.run.max_cost_usd, plan.prices.unknown
    if limit is not None and unknown:
        raise TerminalError(
            f"max_cost_usd is {limit:g}, and the price of {' and of '.join(unknown)} is not known, so nobody can say "
            f"what the run will cost. Write the price into the Airflow Variable {VARIABLE!r} (docs/cost.md), choose "
            "another one, or leave max_cost_usd empty."
        )


def check_limit(plan: Plan, found: Estimate) -> None:
    """Nothing, if the run is expected to cost no more than it may.

    Raises:
        TerminalError: it would cost more.
    """
    limit, total = plan.settings.run.max_cost_usd, found.total
    if limit is None or total is None or total <= limit:
        return
    costs = found.costs
    raise TerminalError(
        f"max_cost_usd is {limit:g}, and the run is expected to cost {shown(total)}: {shown(costs.queries)} for the "
        f"queries, {shown(costs.training)} for the training. Nothing was spent. Raise max_cost_usd, or lower "
        "max_documents, max_document_characters or queries_per_document (queries), or max_pairs or epochs (training)."
    )
