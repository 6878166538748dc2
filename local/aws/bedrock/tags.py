"""Bedrock's tags: those that a batch inference job was created with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.aws.errors import ResourceNotFoundException

if TYPE_CHECKING:
    from local.aws.stand_in import Call


def list_(call: Call) -> dict[str, Any]:
    """ListTagsForResource."""
    arn = call.parameters["resourceARN"]
    job = call.stand_in.batch_jobs.get(call.region, arn.rpartition("/")[2])
    if job is None:
        raise ResourceNotFoundException(f"Could not find the resource with the ARN {arn}.")
    return {"tags": job.get("tags", [])}
