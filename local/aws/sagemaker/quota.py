"""The account's quotas on instances, as far as settings.py sets any."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.aws.errors import ResourceLimitExceeded

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def check(limits: Mapping[str, int], usage: str, instance_type: str, used: Iterable[str], wanted: int = 1) -> None:
    """Refuses instances that the account may not have.

    Args:
        limits: instances by type; a type that is not there has no limit.
        usage: "training job usage" or "endpoint usage".
        instance_type: of the instances wanted.
        used: the types of the instances in use.
        wanted: how many more.

    Raises:
        ResourceLimitExceeded: in AWS's words.
    """
    limit = limits.get(instance_type)
    in_use = sum(kind == instance_type for kind in used)
    if limit is not None and in_use + wanted > limit:
        raise ResourceLimitExceeded(
            f"The account-level service limit '{instance_type} for {usage}' is {limit} Instances, with current "
            f"utilization of {in_use} Instances and a request delta of {wanted} Instances. Please use AWS Service "
            "Quotas to request an increase for this quota. If AWS Service Quotas is not available, contact AWS "
            "support to request an increase for this quota."
        )
