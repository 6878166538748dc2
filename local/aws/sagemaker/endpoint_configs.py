"""SageMaker endpoint configurations: which models an endpoint serves, on what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws import paging
from local.aws.errors import ValidationException
from local.aws.sagemaker import resources, tags

if TYPE_CHECKING:
    from local.aws.stand_in import Call
    from local.aws.table import Record

KIND = "endpoint configuration"


def create(call: Call) -> dict[str, Any]:
    """CreateEndpointConfig: its models must exist."""
    record = dict(call.parameters)
    record.pop("Tags", None)
    for variant in record["ProductionVariants"]:
        _check_variant(call, variant)
    resource = f"endpoint-config/{record['EndpointConfigName']}"
    record["EndpointConfigArn"] = call.arn("sagemaker", resource)
    return {"EndpointConfigArn": resources.create(call, call.stand_in.endpoint_configs, KIND, resource, record)}


def describe(call: Call) -> Record:
    """DescribeEndpointConfig."""
    return find(call, call.parameters["EndpointConfigName"])


def delete(call: Call) -> dict[str, Any]:
    """DeleteEndpointConfig: endpoints that use it go on."""
    config = describe(call)
    tags.forget(call, config["EndpointConfigArn"])
    call.stand_in.endpoint_configs.remove(call.region, config["EndpointConfigName"])
    return {}


def list_(call: Call) -> dict[str, Any]:
    """ListEndpointConfigs."""
    members = {"name": "EndpointConfigName", "created": "CreationTime", "modified": "CreationTime", "status": ""}
    configs = call.stand_in.endpoint_configs.records(call.region)
    found = (config for config in configs if paging.matches(config, call.parameters, **members))
    sort_by = "EndpointConfigName" if call.parameters.get("SortBy") == "Name" else "CreationTime"
    page = paging.page(found, sort_by=sort_by, name="EndpointConfigName", parameters=call.parameters)
    return {"EndpointConfigs": page.records, "NextToken": page.token}


def find(call: Call, name: str) -> Record:
    """A configuration by its name.

    Raises:
        ValidationException: "Could not find endpoint configuration …".
    """
    return resources.find(call, call.stand_in.endpoint_configs, KIND, f"endpoint-config/{name}")


def _check_variant(call: Call, variant: dict[str, Any]) -> None:
    name = variant.get("ModelName")
    if name is None:
        raise ValidationException("ModelName is missing. The AWS stand-in has no inference components.")
    resources.find(call, call.stand_in.models, "model", f"model/{name}")
    if "ServerlessConfig" not in variant and "InstanceType" not in variant:
        raise ValidationException(f"Variant '{variant['VariantName']}' needs an InstanceType or a ServerlessConfig.")
