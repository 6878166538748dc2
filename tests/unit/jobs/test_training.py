"""What becomes of a training job, from what AWS says of it."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import RetryableError, TerminalError
from include.jobs.training import attempt_of, trained_of

NAME = "model-run-2"


def job(status: str, **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": NAME,
        "TrainingJobArn": f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{NAME}",
        "TrainingJobStatus": status,
        "ModelArtifacts": {"S3ModelArtifacts": f"s3://b/m/{NAME}/output/model.tar.gz"},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "ResourceConfig": {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1},
        **more,
    }


def test_trained_of_names_what_was_left() -> None:
    assert trained_of(job("Completed", TrainingTimeInSeconds=7, BillableTimeInSeconds=9)) == {
        "job_name": NAME,
        "model_uri": f"s3://b/m/{NAME}/output/model.tar.gz",
        "output_uri": f"s3://b/m/{NAME}/output/output.tar.gz",
        "training_seconds": 7.0,
        "billable_seconds": 9.0,
        "instance_type": "ml.g5.xlarge",
    }


@pytest.mark.parametrize(
    ("found", "kind", "message"),
    [
        pytest.param(
            job("Failed", FailureReason="CapacityError: none left"),
            RetryableError,
            "failed: CapacityError: none left. The next try starts another job",
            id="capacity",
        ),
        pytest.param(job("Failed", FailureReason="AlgorithmError: x"), TerminalError, "AlgorithmError: x", id="script"),
        pytest.param(job("Stopped"), TerminalError, "is Stopped: it was stopped. Clear this task", id="stopped"),
        pytest.param(
            job("Stopped", SecondaryStatus="MaxRuntimeExceeded"),
            TerminalError,
            "it ran longer than 60 seconds. Raise max_runtime_hours",
            id="out-of-time",
        ),
        pytest.param(
            job(
                "Stopped",
                SecondaryStatus="MaxWaitTimeExceeded",
                StoppingCondition={"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 120},
            ),
            TerminalError,
            "longer than 120 seconds. Raise max_wait_hours, or set use_spot to false",
            id="no-spot-instance-in-time",
        ),
    ],
)
def test_trained_of_job_that_ended_badly_says_why(found: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind) as caught:
        trained_of(found)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("found", "state"),
    [
        (job("InProgress"), "running"),
        (job("Completed"), "done"),
        (job("Stopping"), "stopped"),
        (job("Stopped"), "stopped"),
        (job("Failed"), "failed"),
        pytest.param(job("Stopped", SecondaryStatus="MaxRuntimeExceeded"), "failed", id="out-of-time-comes-again"),
    ],
)
def test_attempt_of_state(found: Any, state: str) -> None:
    assert attempt_of(found).state == state
