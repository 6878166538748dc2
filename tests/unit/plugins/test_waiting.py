"""Operators and sensors wait as the run's plan says, and know an automatic retry from a person's."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from opensearch_ml.operators.bedrock import BatchInferenceOperator
from opensearch_ml.operators.sagemaker import EndpointOperator, TrainingOperator
from opensearch_ml.sensors.bedrock import BedrockBatchSensor
from opensearch_ml.waiting import MISSED_LOOKS, Look, is_cleared, pause, wait_as_asked

if TYPE_CHECKING:
    from collections.abc import Callable


def sensor() -> BedrockBatchSensor:
    return BedrockBatchSensor(task_id="wait", job_arn="arn:job", mode="reschedule")


@pytest.fixture
def asked(ti: Any, make_context: Callable[..., Any], make_plan: Callable[..., Any]) -> Callable[..., Any]:
    """A task, after it was told how the run waits."""

    def ask(task: Any, **changed: Any) -> Any:
        ti.xcoms["plan_run", "plan", -1] = make_plan(**changed).model_dump(mode="json")
        ti.task = task
        wait_as_asked(make_context(task="the one that was parsed: Airflow 3.0"))
        return task

    return ask


@pytest.mark.parametrize("deferrable", [True, False])
@pytest.mark.parametrize(
    ("make", "interval"),
    [
        pytest.param(lambda: TrainingOperator(task_id="train", config={}), "check_interval", id="training"),
        pytest.param(lambda: EndpointOperator(task_id="end", config={}), "check_interval", id="endpoint"),
        pytest.param(sensor, "poke_interval", id="batch-job"),
    ],
)
def test_wait_as_asked_sets_what_the_operator_waits_by(
    asked: Callable[..., Any], make: Callable[[], Any], interval: str, deferrable: bool
) -> None:
    task = asked(make(), poll_seconds=7, deferrable=deferrable)

    assert getattr(task, interval) == 7
    assert task.deferrable is deferrable


@pytest.mark.parametrize(("wanted", "used"), [("use", True), ("fail", False)])
def test_wait_as_asked_says_what_becomes_of_incomplete_jobs(asked: Callable[..., Any], wanted: str, used: bool) -> None:
    start = BatchInferenceOperator(task_id="s", job_name="j", role_arn="r", model_id="m", input_uri="i", output_uri="o")

    for task in (start, sensor()):
        assert asked(task, incomplete_batch_jobs=wanted).use_incomplete is used


def test_sensor_outlasts_the_longest_job() -> None:
    assert sensor().timeout > 168 * 3600


@pytest.mark.parametrize(
    ("try_number", "max_tries", "cleared"),
    [
        pytest.param(1, 2, True, id="first"),
        pytest.param(2, 2, False, id="retry"),
        pytest.param(3, 2, False, id="last-retry"),
        pytest.param(2, 3, True, id="cleared-after-the-first"),
        pytest.param(4, 5, True, id="cleared-after-all"),
        pytest.param(5, 5, False, id="retry-after-clearing"),
    ],
)
def test_is_cleared_tells_a_person_from_a_retry(try_number: int, max_tries: int, cleared: bool) -> None:
    """Airflow makes room for `retries` more tries when a task is cleared."""
    ti = SimpleNamespace(try_number=try_number, max_tries=max_tries)
    context: Any = {"ti": ti, "task": SimpleNamespace(retries=2)}

    assert is_cleared(context) is cleared


def test_pause_ends_early() -> None:
    began = time.monotonic()

    pause(60, lambda: True)

    assert time.monotonic() - began < 1


def refused(code: str) -> Any:
    def call() -> Any:
        raise ClientError({"Error": {"Code": code, "Message": "m"}}, "DescribeTrainingJob")

    return call


def test_look_throttled_is_looked_at_again_for_a_while_and_denied_is_not() -> None:
    log = SimpleNamespace(warning=lambda *_: None)
    throttled = Look(refused("ThrottlingException"), log)

    assert [throttled() for _ in range(MISSED_LOOKS)] == [{}] * MISSED_LOOKS
    with pytest.raises(ClientError, match="Throttling"):
        throttled()
    with pytest.raises(ClientError, match="AccessDenied"):
        Look(refused("AccessDeniedException"), log)()
