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
    """Nothing, if the run is expected to cost no more than it may, on the dearest of the instances that may train.

    Raises:
        TerminalError: it would cost more.
    """
    limit, highest = plan.settings.run.max_cost_usd, found.highest
    if limit is None or highest is None or highest <= limit:
        return
    raise TerminalError(
        f"max_cost_usd is {limit:g}, and the run is expected to cost {_parts(found)}. Nothing was spent. Raise "
        "max_cost_usd, or lower max_documents, max_document_characters or queries_per_document (queries), or max_pairs "
        "or epochs (training)."
    )


def _parts(found: Estimate) -> str:
    costs = found.costs
    text = f"{shown(found.total)}: {shown(costs.queries)} for the queries, {shown(costs.training)} for the training"
    dearer = [f"{shown(each.usd)} on {name}" for name, each in found.fallbacks.items()]
    if dearer:
        text += f" ({', '.join(dearer)}, of training_instance_fallbacks)"
    if found.warm_pool_usd:
        text += f", and up to {shown(found.warm_pool_usd)} for warm_pool_minutes"
    return text
