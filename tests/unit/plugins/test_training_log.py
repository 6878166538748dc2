from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from opensearch_ml.training_log import GROUP, TrainingLog

STREAM = "model-run/algo-1-1"


@pytest.fixture
def stubbed() -> Any:
    client = boto3.client("logs")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def streams(stub: Stubber) -> None:
    asked = {"logGroupName": GROUP, "logStreamNamePrefix": "model-run/"}
    stub.add_response("describe_log_streams", {"logStreams": [{"logStreamName": STREAM}]}, asked)


def page(stub: Stubber, token: str | None, next_token: str, *lines: str) -> None:
    asked: dict[str, Any] = {"logGroupName": GROUP, "logStreamName": STREAM, "startFromHead": True}
    if token:
        asked["nextToken"] = token
    events = [{"timestamp": 0, "message": line} for line in lines]
    stub.add_response("get_log_events", {"events": events, "nextForwardToken": next_token}, asked)


def test_new_lines_before_anything_was_written_are_none(stubbed: Any) -> None:
    client, stub = stubbed
    stub.add_client_error("describe_log_streams", "ResourceNotFoundException", "The log group does not exist.")

    assert list(TrainingLog(client, "model-run").new_lines()) == []


def test_new_lines_come_once_over_pages_and_looks(stubbed: Any) -> None:
    client, stub = stubbed
    log = TrainingLog(client, "model-run")
    streams(stub)
    page(stub, None, "t1", "one", "two")
    page(stub, "t1", "t2", "three")
    page(stub, "t2", "t2")
    assert list(log.new_lines()) == ["one", "two", "three"]

    streams(stub)
    page(stub, "t2", "t3", "four")
    page(stub, "t3", "t3")
    assert list(log.new_lines()) == ["four"]


def test_new_lines_log_that_may_not_be_read_is_told(stubbed: Any) -> None:
    client, stub = stubbed
    stub.add_client_error("describe_log_streams", "AccessDeniedException", "no right")

    (line,) = TrainingLog(client, "model-run").new_lines()

    assert line.startswith("The job's log cannot be read: ")
    assert line.endswith("no right")
