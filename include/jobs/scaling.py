"""An endpoint that grows and shrinks by itself; AWS forgets it with the endpoint."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class AutoScalingClient(Protocol):
    """What is asked of boto3's client `application-autoscaling`."""

    def register_scalable_target(self, **request: Any) -> Any: ...
    def put_scaling_policy(self, **request: Any) -> Any: ...


def scale(autoscaling: AutoScalingClient, requests: Mapping[str, dict[str, Any]]) -> None:
    """Say how an endpoint scales; the same said again changes nothing.

    Args:
        autoscaling: client.
        requests: `target` and `policy`, of `include.requests.scaling`.
    """
    autoscaling.register_scalable_target(**requests["target"])
    autoscaling.put_scaling_policy(**requests["policy"])
