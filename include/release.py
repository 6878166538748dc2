"""Ends what a run that did not come to its end would go on paying for."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from include.jobs.calls import is_missing
from include.retryable import is_retryable

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.exceptions import ClientError
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_sagemaker import SageMakerClient
    from mypy_boto3_sagemaker.type_defs import WaiterConfigTypeDef

NOT = "NOT"
ENDED_JOBS = ("Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired", "Stopping")
LONGEST_CREATION: WaiterConfigTypeDef = {"Delay": 15, "MaxAttempts": 240}
"""Looks at an endpoint that is being created and can be deleted only then: an hour of them."""


def stop_training(sagemaker: SageMakerClient, name: str) -> list[str]:
    """Stop the training jobs of the run of this name, if they run; says what was stopped, or could not be."""
    running: list[str] = []

    def find() -> bool:
        pages = sagemaker.get_paginator("list_training_jobs").paginate(NameContains=name, StatusEquals="InProgress")
        found = [job["TrainingJobName"] for page in pages for job in page["TrainingJobSummaries"]]
        running.extend(job for job in found if is_of_run(job, name))
        return False

    told = _try(find, f"training jobs {name}…", "stopped")
    for job in running:
        told += _try(partial(sagemaker.stop_training_job, TrainingJobName=job), f"training job {job}", "stopped")
    return told


def stop_batch_jobs(bedrock: BedrockClient, name: str) -> list[str]:
    """Stop the batch inference jobs of the run of this name, if they run; says what was stopped, or could not be."""
    running: dict[str, str] = {}

    def find() -> bool:
        for page in bedrock.get_paginator("list_model_invocation_jobs").paginate(nameContains=name):
            for job in page["invocationJobSummaries"]:
                if is_of_run(job["jobName"], name) and job["status"] not in ENDED_JOBS:
                    running[job["jobName"]] = job["jobArn"]
        return False

    told = _try(find, f"batch inference jobs {name}…", "stopped")
    for job_name, arn in running.items():
        stop = partial(bedrock.stop_model_invocation_job, jobIdentifier=arn)
        told += _try(stop, f"batch inference job {job_name}", "stopped")
    return told


def is_of_run(job: str, name: str) -> bool:
    """Whether a job of this name is one of the run's.

    Example:
        >>> is_of_run("model-run-2", "model-run"), is_of_run("model-running", "model-run")
        (True, False)
    """
    return job == name or job.startswith(f"{name}-")


def delete_endpoint(sagemaker: SageMakerClient, name: str) -> list[str]:
    """Delete endpoint, configuration and model of this name, if they are there; says what was deleted, or not.

    An endpoint that is still being created can be deleted only then: that is waited for. One that cannot be deleted
    keeps its configuration and model.
    """
    told = _try(partial(_delete_when_possible, sagemaker, name), f"endpoint {name}", "deleted")
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


def _delete_when_possible(sagemaker: SageMakerClient, name: str) -> None:
    from botocore.exceptions import ClientError

    try:
        sagemaker.delete_endpoint(EndpointName=name)
    except ClientError as error:
        if not _is_busy(error):
            raise
        _wait_until_settled(sagemaker, name)
        sagemaker.delete_endpoint(EndpointName=name)


def _wait_until_settled(sagemaker: SageMakerClient, name: str) -> None:
    """Until the endpoint serves or has failed, or all looks are used up."""
    from botocore.exceptions import WaiterError

    try:
        sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=LONGEST_CREATION)
    except WaiterError:
        return  # Failed can be deleted too; whatever else there is, the second attempt tells.


def _is_busy(error: ClientError) -> bool:
    answer = error.response["Error"]
    return answer["Code"] == "ValidationException" and "in-progress" in answer.get("Message", "").lower()


def _try(call: Callable[[], Any], what: str, done: str) -> list[str]:
    """What became of it: done; nothing to say where there was nothing (or the call says False); or why it was not."""
    from botocore.exceptions import ClientError

    try:
        return [] if call() is False else [f"{what} {done}"]
    except ClientError as error:
        code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
        if is_missing(error) or _has_ended(code, message):
            return []
        if is_retryable(error):
            raise
        return [f"{what} {NOT} {done}, end it yourself: {code}: {message}"]


def _has_ended(code: str, message: str) -> bool:
    """Whether a job could not be stopped because it had ended meanwhile."""
    return code == "ConflictException" or (code == "ValidationException" and "in status" in message.lower())
