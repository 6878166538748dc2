"""Who is told that a run failed, on SNS in memory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from opensearch_ml.notify import notify, notify_as_asked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TOPIC = "arn:aws:sns:eu-west-1:123456789012:search-models"


@pytest.fixture
def told() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The topic, and a queue that hears it; what it heard."""
    with mock_aws():
        sns, sqs = boto3.client("sns", "eu-west-1"), boto3.client("sqs", "eu-west-1")
        topic = sns.create_topic(Name="search-models")["TopicArn"]
        assert topic == TOPIC
        queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

        def heard() -> list[dict[str, Any]]:
            found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
            return [json.loads(message["Body"]) for message in found]

        yield heard


def test_notify_publishes_to_the_topic_in_its_own_region(told: Any) -> None:
    notify(TOPIC, "aws_default", "finetune_search_model failed", "training.train failed: no capacity")

    [message] = told()
    assert message["Subject"] == "finetune_search_model failed"
    assert message["Message"] == "training.train failed: no capacity"


def test_notify_subject_and_message_are_cut_to_what_sns_takes(told: Any) -> None:
    notify(TOPIC, "aws_default", "é" * 200, "ü" * 300_000)

    [message] = told()
    assert message["Subject"] == "?" * 99
    assert len(message["Message"].encode()) == 256 * 1024


def test_notify_topic_that_is_not_there_is_a_warning(told: Any, caplog: pytest.LogCaptureFixture) -> None:
    notify(f"{TOPIC}-2", "aws_default", "failed", "why")

    assert f"notify_sns_topic_arn {TOPIC}-2 was not told" in caplog.text


def test_notify_connection_without_credentials_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The very reason for which a first run fails; what it says must not be lost over it."""
    nobody = {"conn_type": "aws", "extra": {"profile_name": "nobody"}}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_NOBODY", json.dumps(nobody))

    notify(TOPIC, "aws_nobody", "failed", "why")

    assert "The config profile (nobody) could not be found" in caplog.text


def test_notify_as_asked_without_a_topic_asks_nothing_of_aws() -> None:
    notify_as_asked({"notify_sns_topic_arn": None}, "failed", "why")


def test_notify_as_asked_topic_that_is_none_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """It may be the very parameter for which the run failed."""
    notify_as_asked({"notify_sns_topic_arn": "search-models"}, "failed", "why")

    assert "notify_sns_topic_arn is 'search-models', which is no ARN of a topic" in caplog.text


def test_notify_as_asked_tells_the_topic(told: Any) -> None:
    notify_as_asked({"notify_sns_topic_arn": TOPIC, "aws_conn_id": "aws_default"}, "failed", "why")

    assert [message["Message"] for message in told()] == ["why"]
