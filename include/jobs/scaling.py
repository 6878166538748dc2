"""An endpoint that grows and shrinks by itself; AWS forgets it with the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient


def scale(autoscaling: ApplicationAutoScalingClient, requests: Mapping[str, dict[str, Any]]) -> None:
    """Say how an endpoint scales; the same said again changes nothing.

    Args:
        autoscaling: client.
        requests: `target` and `policy`, of `include.requests.scaling`.
    """
    autoscaling.register_scalable_target(**requests["target"])
    autoscaling.put_scaling_policy(**requests["policy"])
