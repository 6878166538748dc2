"""SageMaker: what an operation needs, by its parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT
from local.aws.actions.need import Need, pass_role, tag_context

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "sagemaker.amazonaws.com"
_OPERATION = re.compile(r"(?P<verb>Create|Describe|Delete|Stop|Update)(?P<kind>\w+)")
_NAMES = {
    "TrainingJob": ("training-job", "TrainingJobName"),
    "Model": ("model", "ModelName"),
    "EndpointConfig": ("endpoint-config", "EndpointConfigName"),
    "Endpoint": ("endpoint", "EndpointName"),
}


def needs(operation: str, parameters: Mapping[str, Any], region: str) -> list[Need]:
    """What the operation needs."""
    if "ResourceArn" in parameters:  # AddTags, ListTags, DeleteTags
        return [Need(f"sagemaker:{operation}", parameters["ResourceArn"], _tags(parameters))]
    resources = _resources(operation, parameters, region)
    found = [Need(f"sagemaker:{operation}", resource, _tags(parameters)) for resource in resources]
    if parameters.get("Tags"):
        found.append(Need("sagemaker:AddTags", resources[0], _tags(parameters)))
    return found + pass_role(parameters.get("RoleArn") or parameters.get("ExecutionRoleArn"), SERVICE)


def arn(region: str, kind: str, name: str) -> str:
    """ARN of something of SageMaker's; `kind` as ARNs name it."""
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:{kind}/{name}"


def _resources(operation: str, parameters: Mapping[str, Any], region: str) -> list[str]:
    found = _OPERATION.fullmatch(operation)
    kind = found["kind"] if found else ""
    if kind not in _NAMES:
        return ["*"]
    kinds = [kind]
    if kind == "Endpoint" and "EndpointConfigName" in parameters:
        kinds.append("EndpointConfig")
    return [arn(region, _NAMES[kind][0], parameters[_NAMES[kind][1]]) for kind in kinds]


def _tags(parameters: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tag_context({tag["Key"]: tag["Value"] for tag in parameters.get("Tags", [])})
