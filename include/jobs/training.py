"""SageMaker training jobs: finding the tries of one, and what becomes of it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from include.errors import RetryableError, TerminalError
from include.jobs.attempts import Attempt, State, attempt_name
from include.jobs.calls import find
from include.jobs.inputs import DIGEST
from include.jobs.reasons import may_pass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_sagemaker import SageMakerClient

ENDED = ("Completed", "Failed", "Stopped")
STATES: dict[str, State] = {
    "InProgress": "running",
    "Completed": "done",
    "Failed": "failed",
    "Stopping": "stopped",
    "Stopped": "stopped",
}
# Ended as Stopped, though nobody stopped it.
OUT_OF_TIME = ("MaxRuntimeExceeded", "MaxWaitTimeExceeded")


def last_training(sagemaker: SageMakerClient, name: str) -> Attempt | None:
    """The last try of the training job of this name; None if it was never started."""
    last = None
    for job in _tries(sagemaker, name):
        last = attempt_of(job)
    return last


def describe_training(sagemaker: SageMakerClient, name: str) -> dict[str, Any] | None:
    """What `DescribeTrainingJob` says; None if there is no such job."""
    return find(sagemaker.describe_training_job, TrainingJobName=name)


def attempt_of(job: Mapping[str, Any]) -> Attempt:
    """A try, from what `DescribeTrainingJob` says."""
    late = job.get("SecondaryStatus") in OUT_OF_TIME
    return Attempt(
        name=job["TrainingJobName"],
        state="failed" if late else STATES[job["TrainingJobStatus"]],
        reason=reason_of(job),
        identifier=job["TrainingJobArn"],
        made_of=job.get("Environment", {}).get(DIGEST, ""),
        instance_type=job.get("ResourceConfig", {}).get("InstanceType", ""),
    )


def reason_of(job: Mapping[str, Any]) -> str:
    """Why a training job failed; `""` if it did not."""
    status, limits = job.get("SecondaryStatus"), job.get("StoppingCondition", {})
    if status == "MaxRuntimeExceeded":
        return f"{status}: it ran longer than {limits.get('MaxRuntimeInSeconds', 0)} seconds. Raise max_runtime_hours"
    if status == "MaxWaitTimeExceeded":
        limit = limits.get("MaxWaitTimeInSeconds", 0)
        return (
            f"{status}: it waited for spot instances, and ran on them, longer than {limit} seconds. Raise "
            "max_wait_hours, or set use_spot to false"
        )
    return str(job.get("FailureReason", "")).rstrip(".")


def trained_of(job: Mapping[str, Any]) -> dict[str, Any]:
    """What a training job that has ended leaves: its name, URIs, seconds, billable seconds and instance type.

    Raises:
        RetryableError: it failed for a reason that passes; the next try starts another job.
        TerminalError: it failed for a reason that comes again, or was stopped.
    """
    name, status = job["TrainingJobName"], job["TrainingJobStatus"]
    if status != "Completed":
        _raise(f"Training job {name}", status, reason_of(job))
    model_uri = job["ModelArtifacts"]["S3ModelArtifacts"]
    return {
        "job_name": name,
        "model_uri": model_uri,
        "output_uri": f"{model_uri.removesuffix('model.tar.gz')}output.tar.gz",
        "training_seconds": float(job.get("TrainingTimeInSeconds", 0)),
        "billable_seconds": float(job.get("BillableTimeInSeconds", 0)),
        "instance_type": job.get("ResourceConfig", {}).get("InstanceType", ""),
    }


def _raise(what: str, status: str, reason: str) -> None:
    if not reason:
        raise TerminalError(f"{what} is {status}: it was stopped. Clear this task to start another one.")
    text = f"{what} {'failed' if status == 'Failed' else f'is {status}'}: {reason}"
    if may_pass(reason):
        raise RetryableError(f"{text}. The next try starts another job.")
    raise TerminalError(f"{text}. Its log in CloudWatch, group /aws/sagemaker/TrainingJobs, says more.")


def _tries(sagemaker: SageMakerClient, name: str) -> Iterator[dict[str, Any]]:
    for number in count(1):
        job = describe_training(sagemaker, attempt_name(name, number))
        if job is None:
            return
        yield job
