"""Triggers: one event when the job has ended, whatever happens between two looks."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from opensearch_ml.triggers.bedrock import BatchJobTrigger
from opensearch_ml.triggers.sagemaker import EndpointTrigger, TrainingJobTrigger

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from opensearch_ml.triggers.base import JobTrigger


def error(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}}, "Describe")


BUSY = error("ValidationException")


class Client:
    """Answers one after the other; an exception is raised."""

    def __init__(self, member: str, answers: list[Any]) -> None:
        self.member, self.answers, self.calls = member, answers, []  # type: ignore[var-annotated]

    def __getattr__(self, operation: str) -> Any:
        async def call(**arguments: Any) -> Any:
            self.calls.append(operation)
            answer = self.answers.pop(0) if self.answers else {}
            if isinstance(answer, Exception):
                raise answer
            return {self.member: answer}

        return call


def connected(trigger: JobTrigger, client: Client, monkeypatch: pytest.MonkeyPatch) -> JobTrigger:
    async def connect() -> Any:
        @asynccontextmanager
        async def opened() -> AsyncIterator[Client]:
            yield client

        return opened()

    monkeypatch.setattr(trigger, "_connect", connect)
    return trigger


def events(trigger: JobTrigger) -> list[Any]:
    async def collect() -> list[Any]:
        return [event.payload async for event in trigger.run()]

    return asyncio.run(collect())


@pytest.mark.parametrize(
    ("kind", "member", "answers", "status"),
    [
        (BatchJobTrigger, "status", ["Scheduled", "InProgress", "Stopping", "Stopped"], "Stopped"),
        (BatchJobTrigger, "status", ["InProgress", "PartiallyCompleted"], "PartiallyCompleted"),
        (BatchJobTrigger, "status", ["Expired"], "Expired"),
        (TrainingJobTrigger, "TrainingJobStatus", ["InProgress", "Stopping", "Stopped"], "Stopped"),
        (TrainingJobTrigger, "TrainingJobStatus", ["InProgress", "Completed"], "Completed"),
        (EndpointTrigger, "EndpointStatus", ["Creating", "InService"], "InService"),
        (EndpointTrigger, "EndpointStatus", ["Updating", "RollingBack", "InService"], "InService"),
    ],
)
def test_run_waits_until_the_job_has_ended(
    kind: type[JobTrigger], member: str, answers: list[Any], status: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trigger = connected(kind("job", 0), Client(member, answers), monkeypatch)

    assert events(trigger) == [{"status": status, "job": "job"}]


@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(error("ThrottlingException"), id="throttled"),
        pytest.param(error("ExpiredTokenException"), id="credentials-expired"),
        pytest.param(EndpointConnectionError(endpoint_url="https://x"), id="no-connection"),
    ],
)
def test_run_looks_again_after_what_passes(failure: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client("TrainingJobStatus", ["InProgress", failure, failure, "Completed"])

    assert events(connected(TrainingJobTrigger("job", 0), client, monkeypatch))[0]["status"] == "Completed"


def test_run_says_that_it_may_not_look(monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client("TrainingJobStatus", [error("AccessDeniedException")])

    (event,) = events(connected(TrainingJobTrigger("job", 0), client, monkeypatch))

    assert event["status"] == "error"
    assert "AccessDeniedException" in event["message"]


@pytest.mark.parametrize(
    ("kind", "member", "answers", "calls"),
    [
        (BatchJobTrigger, "status", [], ["stop_model_invocation_job"]),
        (TrainingJobTrigger, "TrainingJobStatus", [], ["stop_training_job"]),
        (EndpointTrigger, "EndpointStatus", ["Creating"], ["describe_endpoint", "delete_endpoint"]),
        (
            EndpointTrigger,
            "EndpointStatus",
            ["Creating", error("ValidationException")],
            ["describe_endpoint", "delete_endpoint"],
        ),
        (EndpointTrigger, "EndpointStatus", ["Updating"], ["describe_endpoint"]),
        (EndpointTrigger, "EndpointStatus", ["InService"], ["describe_endpoint"]),
    ],
)
def test_on_kill_ends_what_is_paid_for_and_nothing_that_serves(
    kind: type[JobTrigger], member: str, answers: list[Any], calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(member, answers)

    asyncio.run(connected(kind("job", 0), client, monkeypatch).on_kill())

    assert client.calls == calls
