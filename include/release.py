"""Ends what a failed run would go on paying for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from include.retryable import is_retryable

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_sagemaker import SageMakerClient

NOT = "NOT"
ENDED_JOBS = ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired", "Stopping")
GONE_CODES = ("ResourceNotFoundException", "ResourceNotFound", "ConflictException")
# SageMaker says almost everything with ValidationException; these are the messages of what is not there or has ended.
GONE_MESSAGES = ("could not find", "not found", "does not exist", "in status")


def stop_training(sagemaker: SageMakerClient, name: str) -> list[str]:
    """Stop the training job of this name, if it runs; says what was stopped, or could not be."""

    def stop() -> bool:
        running = sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "InProgress"
        if running:
            sagemaker.stop_training_job(TrainingJobName=name)
        return running

    return _try(stop, f"training job {name}", "stopped")


def stop_batch_jobs(bedrock: BedrockClient, name: str) -> list[str]:
    """Stop the batch inference jobs whose names begin with this one, if they run; says what was stopped, or not."""
    running: dict[str, str] = {}

    def find() -> bool:
        for page in bedrock.get_paginator("list_model_invocation_jobs").paginate(nameContains=name):
            for job in page["invocationJobSummaries"]:
                if job["jobName"].startswith(name) and job["status"] not in ENDED_JOBS:
                    running[job["jobName"]] = job["jobArn"]
        return False

    told = _try(find, f"batch inference jobs {name}…", "stopped")
    for job_name, arn in running.items():
        stop = partial(bedrock.stop_model_invocation_job, jobIdentifier=arn)
        told += _try(stop, f"batch inference job {job_name}", "stopped")
    return told


def delete_endpoint(sagemaker: SageMakerClient, name: str) -> list[str]:
    """Delete endpoint, configuration and model of this name, if they are there; says what was deleted, or not.

    An endpoint that cannot be deleted keeps its configuration and model: while it is being created they are in use.
    """
    told = _try(partial(sagemaker.delete_endpoint, EndpointName=name), f"endpoint {name}", "deleted")
    if told and NOT in told[0]:
        return told
    return [
        *told,
        *_try(
            partial(sagemaker.delete_endpoint_config, EndpointConfigName=name),
            f"endpoint configuration {name}",
            "deleted",
        ),
        *_try(partial(sagemaker.delete_model, ModelName=name), f"SageMaker model {name}", "deleted"),
    ]


def _try(call: Callable[[], Any], what: str, done: str) -> list[str]:
    """What became of it: done; nothing to say where there was nothing (or the call says False); or why it was not."""
    from botocore.exceptions import ClientError

    try:
        return [] if call() is False else [f"{what} {done}"]
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if code in GONE_CODES or (
            code == "ValidationException" and any(part in message.lower() for part in GONE_MESSAGES)
        ):
            return []
        if is_retryable(error):
            raise
        return [f"{what} {NOT} {done}, end it yourself: {code}: {message}"]
