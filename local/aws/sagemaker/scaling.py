"""Application Auto Scaling, which moto answers: what it forgets when an endpoint is deleted.

Nothing is scaled here: an endpoint has one server, whatever its policy says.
"""

from __future__ import annotations

from moto.applicationautoscaling.models import applicationautoscaling_backends

from local.aws import ACCOUNT

NAMESPACE = "sagemaker"


def forget(region: str, endpoint: str) -> None:
    """Deregister the endpoint's variants and delete their policies, as AWS does for who may deregister them.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-delete-with-scaling.html
    """
    backend, beginning = applicationautoscaling_backends[ACCOUNT][region], f"endpoint/{endpoint}/"
    for policy in [p for p in backend.policies.values() if p.resource_id.startswith(beginning)]:
        backend.delete_scaling_policy(policy.policy_name, NAMESPACE, policy.resource_id, policy.scalable_dimension)
    for target in backend.describe_scalable_targets(NAMESPACE, None, None):
        if target.resource_id.startswith(beginning):
            backend.deregister_scalable_target(NAMESPACE, target.resource_id, target.scalable_dimension)
