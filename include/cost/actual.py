"""What a run was billed, from what its manifests say that AWS counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.cost.amounts import Amounts, costs_of
from include.cost.estimate import training_instances
from include.cost.instances import on_instance

if TYPE_CHECKING:
    from collections.abc import Mapping

    from include.plan import Plan


def billed(plan: Plan, queries: Mapping[str, float], training: Mapping[str, float]) -> Amounts:
    """What AWS billed the run by.

    Args:
        plan: of the run.
        queries: usage of that phase: `input_tokens`, `output_tokens`; none of what was reused.
        training: usage of that phase: `billable_seconds` of the job, which each instance is billed.
    """
    return Amounts(
        input_tokens=queries.get("input_tokens", 0.0),
        output_tokens=queries.get("output_tokens", 0.0),
        training_seconds=training.get("billable_seconds", 0.0) * training_instances(plan),
    )


def queries_usd(plan: Plan, usage: Mapping[str, float]) -> float | None:
    """What the batch jobs cost; None if the model has no price."""
    return costs_of(billed(plan, usage, {}), plan.prices).queries


def training_usd(plan: Plan, usage: Mapping[str, float], instance_type: str = "") -> float | None:
    """What the training job cost on the instance that it ran on; None if that has no price."""
    return costs_of(billed(plan, {}, usage), on_instance(plan, instance_type).prices).training
