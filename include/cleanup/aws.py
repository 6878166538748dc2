"""What runs left behind on AWS: only what carries the tag of a run below the prefix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.cleanup.orphan import (
    BATCH_JOB,
    ENDPOINT,
    ENDPOINT_CONFIG,
    SAGEMAKER_MODEL,
    TRAINING_JOB,
    UPLOAD,
    Orphan,
)
from include.requests.tags import RUN_TAG, run_tags

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from include.cleanup.runs import Runs
    from include.layout import Layout

# Kind, paginator, member of a page, name, ARN, what is asked for.
_LISTS: tuple[tuple[str, str, str, str, str, dict[str, str]], ...] = (
    (
        *(TRAINING_JOB, "list_training_jobs", "TrainingJobSummaries", "TrainingJobName", "TrainingJobArn"),
        {"StatusEquals": "InProgress"},
    ),
    (ENDPOINT, "list_endpoints", "Endpoints", "EndpointName", "EndpointArn", {}),
    (
        *(ENDPOINT_CONFIG, "list_endpoint_configs", "EndpointConfigs", "EndpointConfigName", "EndpointConfigArn"),
        {},
    ),
    (SAGEMAKER_MODEL, "list_models", "Models", "ModelName", "ModelArn", {}),
)
RUNNING = ("Submitted", "Validating", "Scheduled", "InProgress")


def sagemaker_orphans(sagemaker: SageMakerClient, runs: Runs) -> Iterator[Orphan]:
    """Training jobs that run, endpoints, endpoint configurations and models of runs that do not need them."""

    def owner(arn: str) -> str | None:
        tags = {tag["Key"]: tag["Value"] for tag in sagemaker.list_tags(ResourceArn=arn)["Tags"]}
        return tags.get(RUN_TAG)

    for kind, operation, member, name, arn, filters in _LISTS:
        for page in sagemaker.get_paginator(operation).paginate(**filters):  # type: ignore[call-overload]
            for found in page[member]:
                run = _orphaned(runs, found[name], found[arn], owner)
                if run:
                    yield Orphan(kind, found[name], _told(run))


def bedrock_orphans(bedrock: BedrockClient, runs: Runs) -> Iterator[Orphan]:
    """Batch inference jobs that run for runs that have ended."""

    def owner(arn: str) -> str | None:
        tags = {tag["key"]: tag["value"] for tag in bedrock.list_tags_for_resource(resourceARN=arn)["tags"]}
        return tags.get(RUN_TAG)

    for status in RUNNING:
        for page in bedrock.get_paginator("list_model_invocation_jobs").paginate(statusEquals=status):  # type: ignore[arg-type]
            for job in page["invocationJobSummaries"]:
                run = _orphaned(runs, job["jobName"], job["jobArn"], owner)
                if run:
                    yield Orphan(BATCH_JOB, job["jobName"], _told(run), job["jobArn"])


def upload_orphans(s3: S3Client, runs: Runs) -> Iterator[Orphan]:
    """Uploads in parts that were begun in the folder of a run and never finished: their parts are paid for."""
    pages = s3.get_paginator("list_multipart_uploads").paginate(Bucket=runs.bucket, Prefix=f"{runs.prefix}/")
    for page in pages:
        for upload in page.get("Uploads", []):
            run = runs.of_key(upload["Key"])
            if run and not runs.stays(run):
                yield Orphan(UPLOAD, upload["Key"], _told(run), upload["UploadId"])


def _orphaned(runs: Runs, name: str, arn: str, owner: Callable[[str], str | None]) -> Layout | None:
    """The run that something is of, if it carries the run's tag and the run does not need it."""
    run: Any = runs.of_name(name)
    if run is None or runs.stays(run) or owner(arn) != run_tags(run)[0]["Value"]:
        return None
    found: Layout = run
    return found


def _told(run: Layout) -> str:
    return f"{run.model_name}/{run.run}"
