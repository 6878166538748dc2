from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from airflow.sdk.exceptions import AirflowException
from botocore.stub import Stubber

from include.errors import RetryableError
from opensearch_ml.sensors.bedrock import BedrockBatchSensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdef123456"


@pytest.fixture
def make_sensor() -> Iterator[Callable[[str], BedrockBatchSensor]]:
    """A sensor whose job is in a state, whenever it is asked."""
    stubs = []

    def make(status: str, message: str = "") -> BedrockBatchSensor:
        sensor = BedrockBatchSensor(task_id="wait", job_arn=ARN, success_state="completed", region_name="us-east-1")
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


@pytest.mark.parametrize("status", ["Completed", "PartiallyCompleted"])
@pytest.mark.parametrize("event", [None, {"status": "success"}, {"status": "error", "message": "terminal failure"}])
def test_poke_answers_are_there_is_done(make_sensor: Any, status: str, event: Any) -> None:
    """The stock waiter of the triggerer calls PartiallyCompleted a failure: its event says so, the job decides."""
    assert make_sensor(status).poke({}, event=event) is True


@pytest.mark.parametrize("status", ["Submitted", "Validating", "Scheduled", "InProgress", "Stopping"])
def test_poke_job_goes_on_is_not_done(make_sensor: Any, status: str) -> None:
    assert make_sensor(status).poke({}) is False


@pytest.mark.parametrize("status", ["InProgress", "Stopping"])
def test_poke_triggerer_gave_up_while_the_job_goes_on_waits_again(make_sensor: Any, status: str) -> None:
    with pytest.raises(RetryableError, match=r"stopped waiting for .*: max attempts reached"):
        make_sensor(status).poke({}, event={"status": "error", "message": "max attempts reached"})


@pytest.mark.parametrize("status", ["Failed", "Stopped", "Expired"])
@pytest.mark.parametrize("event", [None, {"status": "error"}])
def test_poke_job_failed_says_why(make_sensor: Any, status: str, event: Any) -> None:
    with pytest.raises(AirflowException, match="Bedrock may not read s3://b/i"):
        make_sensor(status, "Bedrock may not read s3://b/i").poke({}, event=event)


def test_poke_states_do_not_leak_into_other_sensors(make_sensor: Any) -> None:
    """The stock sensor writes its states on its class."""
    from airflow.providers.amazon.aws.sensors.bedrock import BedrockBatchInferenceSensor

    sensor = make_sensor("Scheduled")
    BedrockBatchInferenceSensor(task_id="other", job_arn=ARN, success_state="scheduled")

    assert sensor.poke({}) is False
