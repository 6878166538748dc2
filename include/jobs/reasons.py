"""Why a job failed: whether the same job may succeed later."""

from __future__ import annotations

CAPACITY = (
    "capacityerror",
    "insufficientinstancecapacity",
    "insufficient capacity",
    "unable to provision",
)
"""Parts of the reasons that SageMaker gives where it had no instance of the type, in lower case."""
PASSING = (
    *CAPACITY,
    "internalservererror",
    "internal error",
    "internal server error",
    "service unavailable",
    "serviceunavailable",
    "throttl",
    "slowdown",
    "too many requests",
)
"""Parts of the reasons that SageMaker and Bedrock give when it was their fault, in lower case."""
OF_THE_JOB = ("algorithmerror", "clienterror", "maxruntimeexceeded", "maxwaittimeexceeded", "stopped")
"""How reasons begin that come again, whatever a container's last words hold."""


def may_pass(reason: str) -> bool:
    """Whether the reason lies with AWS at that time, and not with the job.

    Example:
        >>> may_pass("CapacityError: Unable to provision requested ML compute capacity.")
        True
        >>> may_pass("AlgorithmError: ExecuteUserScriptError: internal error in line 3")
        False
    """
    return _says(reason, PASSING)


def is_capacity(reason: str) -> bool:
    """Whether AWS had no instance of the type that was asked for.

    Example:
        >>> is_capacity("CapacityError: Unable to provision requested ML compute capacity."), is_capacity("Throttling")
        (True, False)
    """
    return _says(reason, CAPACITY)


def _says(reason: str, parts: tuple[str, ...]) -> bool:
    said = reason.strip().lower()
    return not said.startswith(OF_THE_JOB) and any(part in said for part in parts)
