"""An endpoint that scales: requests that AWS takes, and none where it is not asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from include.requests.scaling import scaling_requests

if TYPE_CHECKING:
    from collections.abc import Callable

OPERATIONS = {"target": "RegisterScalableTarget", "policy": "PutScalingPolicy"}


def test_endpoint_stays_as_it_is_unless_asked(make_plan: Callable[..., Any]) -> None:
    plan = make_plan()

    assert scaling_requests(plan.settings, plan.layout) == {}


@pytest.mark.parametrize("target", [1, 600, 1_000_000])
def test_endpoint_scales_between_least_and_most_by_its_calls(make_plan: Callable[..., Any], target: int) -> None:
    plan = make_plan(endpoint_instance_count=2, endpoint_max_instances=100, endpoint_target_invocations=target)
    requests = scaling_requests(plan.settings, plan.layout)

    service = botocore.session.get_session().get_service_model("application-autoscaling")
    for kind, operation in OPERATIONS.items():
        report = ParamValidator().validate(requests[kind], service.operation_model(operation).input_shape)
        assert not report.has_errors(), report.generate_report()
        assert requests[kind]["ResourceId"] == f"endpoint/{plan.layout.name}/variant/AllTraffic"
    assert (requests["target"]["MinCapacity"], requests["target"]["MaxCapacity"]) == (2, 100)
    policy = requests["policy"]["TargetTrackingScalingPolicyConfiguration"]
    assert policy["TargetValue"] == target
    assert policy["PredefinedMetricSpecification"] == {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}
