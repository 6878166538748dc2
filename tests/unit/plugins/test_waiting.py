"""The stock operators and our sensor wait as the run's parameters ask, and as long as AWS may take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.providers.amazon.aws.operators.sagemaker import SageMakerEndpointOperator, SageMakerTrainingOperator
from airflow.sdk.exceptions import TaskDeferred

from opensearch_ml.sensors.bedrock import BedrockBatchSensor
from opensearch_ml.waiting import LONGEST_WAIT_SECONDS, wait_as_asked

if TYPE_CHECKING:
    from collections.abc import Callable


def sensor() -> BedrockBatchSensor:
    return BedrockBatchSensor(task_id="wait", job_arn="arn:job", success_state="completed", mode="reschedule")


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize(
    ("make", "interval"),
    [
        pytest.param(lambda: SageMakerTrainingOperator(task_id="train", config={}), "check_interval", id="training"),
        pytest.param(lambda: SageMakerEndpointOperator(task_id="end", config={}), "check_interval", id="endpoint"),
        pytest.param(sensor, "poke_interval", id="batch-job"),
    ],
)
def test_wait_as_asked_sets_what_the_operator_waits_by(
    make_context: Callable[..., Any], make: Callable[[], Any], interval: str, deferrable: bool
) -> None:
    task = make()

    wait_as_asked(make_context(task=task, params={"poll_seconds": 7, "deferrable": deferrable}))

    assert getattr(task, interval) == 7
    assert task.deferrable is deferrable


def test_wait_as_asked_training_in_the_triggerer_outlasts_the_longest_job(make_context: Callable[..., Any]) -> None:
    task = SageMakerTrainingOperator(task_id="train", config={})

    wait_as_asked(make_context(task=task, params={"poll_seconds": 30, "deferrable": True}))

    assert task.max_attempts * 30 >= LONGEST_WAIT_SECONDS


def test_wait_as_asked_batch_job_in_the_triggerer_outlasts_the_longest_job(make_context: Callable[..., Any]) -> None:
    """The stock sensor gives up after 75 looks: with 30 seconds between them, after 37 minutes."""
    task = sensor()
    wait_as_asked(make_context(task=task, params={"poll_seconds": 30, "deferrable": True}))

    with pytest.raises(TaskDeferred) as deferred:
        task.execute(make_context())

    _, trigger = deferred.value.trigger.serialize()
    assert trigger["waiter_delay"] == 30
    assert trigger["waiter_max_attempts"] * 30 >= LONGEST_WAIT_SECONDS
