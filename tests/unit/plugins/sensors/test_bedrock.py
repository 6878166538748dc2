from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import TaskDeferred
from botocore.stub import Stubber

from include.errors import RetryableError, TerminalError
from opensearch_ml.sensors.bedrock import BedrockBatchSensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdef123456"


@pytest.fixture
def make_sensor() -> Iterator[Callable[[str], BedrockBatchSensor]]:
    """A sensor whose job is in a state, whenever it is asked."""
    stubs = []

    def make(status: str, message: str = "") -> BedrockBatchSensor:
        sensor = BedrockBatchSensor(task_id="wait", job_arn=ARN, region_name="us-east-1")
        stub = Stubber(sensor.hook.conn)
        for _ in range(2):
            stub.add_response(
                "get_model_invocation_job",
                {
                    "jobArn": ARN,
                    "modelId": "amazon.nova-lite-v1:0",
                    "roleArn": "arn:aws:iam::123456789012:role/r",
                    "status": status,
                    "message": message,
                    "totalRecordCount": 10,
                    "processedRecordCount": 8,
                    "successRecordCount": 7,
                    "errorRecordCount": 1,
                    "submitTime": 0,
                    "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://b/i"}},
                    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://b/o"}},
                },
                {"jobIdentifier": ARN},
            )
        stub.activate()
        stubs.append(stub)
        return sensor

    yield make
    for stub in stubs:
        stub.deactivate()


def test_poke_job_is_complete_is_done(make_sensor: Any) -> None:
    assert make_sensor("Completed").poke({}) is True


@pytest.mark.parametrize("status", ["PartiallyCompleted", "Expired"])
def test_poke_time_ran_out_is_done_or_an_error_as_asked(make_sensor: Any, status: str) -> None:
    assert make_sensor(status).poke({}) is True

    refusing = make_sensor(status)
    refusing.use_incomplete = False
    with pytest.raises(TerminalError, match=f"is {status}: its time ran out .*; 7 of 10 records answered"):
        refusing.poke({})


@pytest.mark.parametrize("status", ["Submitted", "Validating", "Scheduled", "InProgress", "Stopping"])
def test_poke_job_goes_on_is_not_done(make_sensor: Any, status: str) -> None:
    assert make_sensor(status).poke({}) is False


@pytest.mark.parametrize("event", [{"status": "Completed"}, {"status": "error", "message": "no connection"}, None])
def test_execute_complete_job_goes_on_waits_again(make_sensor: Any, event: Any) -> None:
    with pytest.raises(RetryableError, match=r"The triggerer stopped waiting for"):
        make_sensor("InProgress").execute_complete({}, event)


@pytest.mark.parametrize("status", ["Failed", "Stopped"])
def test_poke_job_failed_says_why(make_sensor: Any, status: str) -> None:
    with pytest.raises(TerminalError, match=f"is {status}: Bedrock may not read s3://b/i"):
        make_sensor(status, "Bedrock may not read s3://b/i").poke({})


@pytest.mark.parametrize("deferrable", [True, False])
def test_execute_job_that_has_ended_is_not_deferred(make_sensor: Any, deferrable: bool) -> None:
    sensor = make_sensor("Completed")
    sensor.deferrable = deferrable

    sensor.execute({})


def test_execute_defers_to_a_trigger_without_an_end(make_sensor: Any) -> None:
    sensor = make_sensor("Scheduled")
    sensor.deferrable, sensor.poke_interval = True, 30

    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute({})

    path, arguments = deferred.value.trigger.serialize()
    assert path == "opensearch_ml.triggers.bedrock.BatchJobTrigger"
    assert (arguments["job"], arguments["poll_seconds"]) == (ARN, 30)
    assert deferred.value.timeout is None


def test_poke_states_do_not_leak_into_other_sensors(make_sensor: Any) -> None:
    """The stock sensor writes its states on its class."""
    from airflow.providers.amazon.aws.sensors.bedrock import BedrockBatchInferenceSensor

    sensor = make_sensor("Scheduled")
    BedrockBatchInferenceSensor(task_id="other", job_arn=ARN, success_state="scheduled")

    assert sensor.poke({}) is False
