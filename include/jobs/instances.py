"""Which instances a try of a job is started on: the next one of a list where AWS has none of the last one's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.jobs.reasons import is_capacity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from botocore.exceptions import ClientError

    from include.jobs.attempts import Attempt

REFUSALS = ("ResourceLimitExceeded", "InsufficientCapacityException", "CapacityError")


def instances_for(types: Sequence[str], last: Attempt | None) -> list[str]:
    """The types, in the order in which the next try asks for them.

    A try that found no capacity is followed by the type after its own, any other one by its own again.

    Args:
        types: the first choice, then what may stand in for it.
        last: the try before, if there was one.

    Example:
        >>> from include.jobs.attempts import Attempt
        >>> none = Attempt("model-run", "failed", "CapacityError: Unable to provision.", instance_type="ml.g5.xlarge")
        >>> instances_for(["ml.g5.xlarge", "ml.g6.xlarge"], none)
        ['ml.g6.xlarge', 'ml.g5.xlarge']
    """
    if last is None or last.instance_type not in types:
        return list(types)
    place = types.index(last.instance_type)
    if last.state == "failed" and is_capacity(last.reason):
        place = (place + 1) % len(types)
    return [*types[place:], *types[:place]]


def is_refused(error: ClientError) -> bool:
    """Whether AWS creates nothing on this type now: it has none, or the account's quota for it is used up."""
    return error.response["Error"]["Code"] in REFUSALS
