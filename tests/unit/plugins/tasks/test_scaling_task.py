"""An endpoint scales if that is asked for, and not at all otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3

from opensearch_ml.tasks.scaling import scale_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable


def run(plan: Any) -> Any:
    return scale_endpoint.function(plan.model_dump(mode="json"))  # type: ignore[attr-defined]


def test_endpoint_keeps_its_instances_and_nothing_is_asked_of_aws(make_plan: Callable[..., Any], calls: Any) -> None:
    before = len(calls)

    assert run(make_plan()) == {}
    assert calls[before:] == []


def test_endpoint_scales_as_asked_and_as_often_as_asked(make_plan: Callable[..., Any], calls: Any) -> None:
    plan = make_plan(endpoint_max_instances=3, endpoint_instance_count=2)

    for _ in range(2):
        assert run(plan) == {"least": 2, "most": 3}

    client = boto3.client("application-autoscaling", region_name=plan.region)
    [target] = client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    [policy] = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert target["ResourceId"] == policy["ResourceId"] == f"endpoint/{plan.layout.name}/variant/AllTraffic"
