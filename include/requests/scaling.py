"""How an endpoint grows and shrinks by itself: requests of Application Auto Scaling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.requests.endpoint import VARIANT

if TYPE_CHECKING:
    from include.layout import Layout
    from include.settings import FinetuneSettings

GROW_AGAIN_SECONDS, SHRINK_AGAIN_SECONDS = 60, 300
"""Between two steps up, and before a step down: growing late costs answers, shrinking early costs growing again."""


def scaling_requests(settings: FinetuneSettings, layout: Layout) -> dict[str, dict[str, Any]]:
    """Bodies of `RegisterScalableTarget` and `PutScalingPolicy`, as `target` and `policy`; none if it is not asked for.

    The endpoint has at least `endpoint_instance_count` instances and at most `endpoint_max_instances`, so that each is
    called `endpoint_target_invocations` times a minute.
    """
    endpoint = settings.endpoint
    if endpoint.endpoint_max_instances is None:
        return {}
    what = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{layout.name}/variant/{VARIANT}",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    return {
        "target": {
            **what,
            "MinCapacity": endpoint.endpoint_instance_count,
            "MaxCapacity": endpoint.endpoint_max_instances,
        },
        "policy": {
            **what,
            "PolicyName": f"{layout.name}-invocations",
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {
                "TargetValue": float(endpoint.endpoint_target_invocations),
                "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
                "ScaleOutCooldown": GROW_AGAIN_SECONDS,
                "ScaleInCooldown": SHRINK_AGAIN_SECONDS,
            },
        },
    }
