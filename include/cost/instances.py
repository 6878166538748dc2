"""A run as it would be on another of the instances that it may train on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.plan import Plan


def on_instance(plan: Plan, instance_type: str) -> Plan:
    """The plan with that instance as its first choice, at its price; itself if it names no such fallback.

    Args:
        plan: of the run.
        instance_type: that trains, or trained; `""` if that is not known.
    """
    fallbacks = plan.prices.fallbacks_usd_per_hour
    if instance_type not in fallbacks:
        return plan
    training = plan.settings.training.model_copy(update={"training_instance_type": instance_type})
    prices = plan.prices.model_copy(update={"training_usd_per_hour": fallbacks[instance_type]})
    return plan.model_copy(
        update={"settings": plan.settings.model_copy(update={"training": training}), "prices": prices}
    )
