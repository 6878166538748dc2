"""Ends what a failed run would go on paying for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_sagemaker import SageMakerClient

log = logging.getLogger(__name__)

GONE = ("ValidationException", "ResourceNotFoundException", "ResourceNotFound")
ENDED_JOBS = ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired", "Stopping")


def stop_training(sagemaker: SageMakerClient, name: str) -> list[str]:
    """Stop the training job of this name, if it runs; says what was stopped."""
    try:
        status = sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"]
    except sagemaker.exceptions.ClientError as error:
        return _nothing_if_gone(error)
    if status != "InProgress":
        return []
    return _done(lambda: sagemaker.stop_training_job(TrainingJobName=name), f"training job {name} stopped")


def stop_batch_jobs(bedrock: BedrockClient, name: str) -> list[str]:
    """Stop the batch inference jobs whose names begin with this one, if they run; says what was stopped."""
    stopped = []
    pages = bedrock.get_paginator("list_model_invocation_jobs").paginate(nameContains=name)
    for job in (job for page in pages for job in page["invocationJobSummaries"]):
        if job["jobName"].startswith(name) and job["status"] not in ENDED_JOBS:
            arn = job["jobArn"]
            stopped += _done(
                lambda arn=arn: bedrock.stop_model_invocation_job(jobIdentifier=arn),  # type: ignore[misc]
                f"batch inference job {job['jobName']} stopped",
            )
    return stopped


def delete_endpoint(sagemaker: SageMakerClient, name: str) -> list[str]:
    """Delete endpoint, configuration and model of this name, if they are there; says what was deleted."""
    return [
        *_done(lambda: sagemaker.delete_endpoint(EndpointName=name), f"endpoint {name} deleted"),
        *_done(
            lambda: sagemaker.delete_endpoint_config(EndpointConfigName=name), f"endpoint configuration {name} deleted"
        ),
        *_done(lambda: sagemaker.delete_model(ModelName=name), f"SageMaker model {name} deleted"),
    ]


def _done(call: Callable[[], Any], what: str) -> list[str]:
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as error:
        return _nothing_if_gone(error)
    return [what]


def _nothing_if_gone(error: Any) -> list[str]:
    if error.response["Error"]["Code"] not in GONE:
        raise error
    return []
