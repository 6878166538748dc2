"""SageMaker models: an image, an archive in S3 and an environment under a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws import objects, paging
from local.aws.errors import ValidationException
from local.aws.roles import SAGEMAKER_ENDPOINT
from local.aws.sagemaker import resources, tags

if TYPE_CHECKING:
    from local.aws.stand_in import Call
    from local.aws.table import Record

KIND = "model"


def create(call: Call) -> dict[str, Any]:
    """CreateModel: the archive must be in S3 already."""
    record = dict(call.parameters)
    record.pop("Tags", None)
    container = container_of(record)
    resources.check_image(container.get("Image"))
    _check_data(call, container)
    name = record["ModelName"]
    record = {"EnableNetworkIsolation": False, **record, "ModelArn": call.arn("sagemaker", f"model/{name}")}
    return {"ModelArn": resources.create(call, call.stand_in.models, KIND, f"model/{name}", record)}


def describe(call: Call) -> Record:
    """DescribeModel."""
    return resources.find(call, call.stand_in.models, KIND, f"model/{call.parameters['ModelName']}")


def delete(call: Call) -> dict[str, Any]:
    """DeleteModel: endpoints that serve it go on."""
    model = describe(call)
    tags.forget(call, model["ModelArn"])
    call.stand_in.models.remove(call.region, model["ModelName"])
    return {}


def list_(call: Call) -> dict[str, Any]:
    """ListModels."""
    members = {"name": "ModelName", "created": "CreationTime", "modified": "CreationTime", "status": ""}
    models = call.stand_in.models.records(call.region)
    found = (model for model in models if paging.matches(model, call.parameters, **members))
    sort_by = "ModelName" if call.parameters.get("SortBy") == "Name" else "CreationTime"
    page = paging.page(found, sort_by=sort_by, name="ModelName", parameters=call.parameters)
    return {"Models": page.records, "NextToken": page.token}


def container_of(model: Record) -> dict[str, Any]:
    """The one container of a model.

    Raises:
        ValidationException: it has none, or a pipeline of several, which the stand-in does not run.
    """
    containers = [model["PrimaryContainer"]] if "PrimaryContainer" in model else model.get("Containers", [])
    if len(containers) != 1:
        raise ValidationException(f"The AWS stand-in serves models of one container. Received: {len(containers)}.")
    container: dict[str, Any] = containers[0]
    return container


def _check_data(call: Call, container: dict[str, Any]) -> None:
    uri = container.get("ModelDataUrl")
    if uri is None:
        raise ValidationException("ModelDataUrl is missing. The AWS stand-in serves a model.tar.gz in S3.")
    location = objects.parse_uri(uri)
    if location is None or not uri.endswith(".tar.gz"):
        raise ValidationException(f"ModelDataUrl is '{uri}'. It must be the S3 URI of a .tar.gz file.")
    if not objects.exists(call.stand_in.s3(call.region, SAGEMAKER_ENDPOINT), location):
        raise ValidationException(f"Could not find model data at {uri}.")
