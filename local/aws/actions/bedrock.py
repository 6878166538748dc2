"""Bedrock: what an operation needs, by its parameters."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.aws import ACCOUNT
from local.aws.actions.need import Need, pass_role, tag_context

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE = "bedrock.amazonaws.com"
_ACTIONS = {"Converse": "InvokeModel", "ListTagsForResource": "ListTagsForResource"}
_PROFILE = re.compile(r"(?:us|us-gov|eu|apac|jp|au|ca|global)\.")


def needs(operation: str, parameters: Mapping[str, Any], region: str) -> list[Need]:
    """What the operation needs."""
    action = f"bedrock:{_ACTIONS.get(operation, operation)}"
    context = tag_context({tag["key"]: tag["value"] for tag in parameters.get("tags", [])})
    found = [Need(action, resource, context) for resource in _resources(parameters, region)]
    if parameters.get("tags") and operation != "TagResource":
        found.append(Need("bedrock:TagResource", _job_arn(region, "*"), context))
    return found + pass_role(parameters.get("roleArn"), SERVICE)


def model_arn(model_id: str, region: str) -> str:
    """ARN of a foundation model or an inference profile."""
    if model_id.startswith("arn:"):
        return model_id
    if _PROFILE.match(model_id):
        return f"arn:aws:bedrock:{region}:{ACCOUNT}:inference-profile/{model_id}"
    return f"arn:aws:bedrock:{region}::foundation-model/{model_id}"


def _resources(parameters: Mapping[str, Any], region: str) -> list[str]:
    if "jobIdentifier" in parameters:
        return [_job_arn(region, parameters["jobIdentifier"].rpartition("/")[2])]
    if "resourceARN" in parameters:
        return [parameters["resourceARN"]]
    if "modelId" not in parameters:
        return ["*"]
    model = model_arn(parameters["modelId"], region)
    # The job has no id before it is made.
    return [model, _job_arn(region, "*")] if "jobName" in parameters else [model]


def _job_arn(region: str, identifier: str) -> str:
    return f"arn:aws:bedrock:{region}:{ACCOUNT}:model-invocation-job/{identifier}"
