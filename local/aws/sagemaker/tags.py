"""SageMaker's tags: kept by ARN, whatever the ARN is of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.aws.stand_in import Call


def add(call: Call) -> dict[str, Any]:
    """AddTags: adds them, or gives those that are there a new value."""
    set_tags(call, call.parameters["ResourceArn"], call.parameters["Tags"])
    return {"Tags": _tags(call, call.parameters["ResourceArn"])}


def list_(call: Call) -> dict[str, Any]:
    """ListTags."""
    return {"Tags": _tags(call, call.parameters["ResourceArn"])}


def delete(call: Call) -> dict[str, Any]:
    """DeleteTags."""
    arn, keys = call.parameters["ResourceArn"], call.parameters["TagKeys"]
    _keep(call, arn, [tag for tag in _tags(call, arn) if tag["Key"] not in keys])
    return {}


def set_tags(call: Call, arn: str, tags: list[dict[str, str]]) -> None:
    """Adds tags to those of an ARN."""
    if tags:
        merged = {tag["Key"]: tag["Value"] for tag in [*_tags(call, arn), *tags]}
        _keep(call, arn, [{"Key": key, "Value": value} for key, value in merged.items()])


def forget(call: Call, arn: str) -> None:
    """Drops all tags of a resource that is deleted."""
    call.stand_in.tags.remove(call.region, arn)


def _tags(call: Call, arn: str) -> list[dict[str, str]]:
    record = call.stand_in.tags.get(call.region, arn)
    return record["Tags"] if record else []


def _keep(call: Call, arn: str, tags: list[dict[str, str]]) -> None:
    if not call.stand_in.tags.add(call.region, arn, {"Tags": tags}):
        call.stand_in.tags.update(call.region, arn, Tags=tags)
