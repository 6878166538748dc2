"""A field that boto3 does not know reaches AWS all the same; a real client, up to the wire."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ParamValidationError

from include.jobs.unmodelled import send_unmodelled

if TYPE_CHECKING:
    from collections.abc import Callable

ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdefghijkl"


@pytest.fixture
def sent() -> list[Any]:
    """The signed requests that would have left this machine."""
    return []


@pytest.fixture
def bedrock(sent: list[Any]) -> Any:
    client = boto3.client("bedrock", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    client.meta.events.register("before-send.bedrock", _answering(sent))
    return client


def _answering(sent: list[Any]) -> Callable[..., AWSResponse]:
    class Raw:
        def stream(self, **_: Any) -> list[bytes]:
            return [b'{"jobArn": "%s"}' % ARN.encode()]

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent.append(request)
        return AWSResponse(request.url, 200, {}, Raw())

    return answer


def create(client: Any, **more: Any) -> Any:
    return client.create_model_invocation_job(
        jobName="job",
        roleArn="arn:aws:iam::123456789012:role/batch",
        modelId="amazon.nova-lite-v1:0",
        inputDataConfig={"s3InputDataConfig": {"s3Uri": "s3://bucket/in.jsonl"}},
        outputDataConfig={"s3OutputDataConfig": {"s3Uri": "s3://bucket/out/"}},
        clientRequestToken="token",
        **more,
    )


def test_field_that_boto3_does_not_know_is_sent_and_signed(bedrock: Any, sent: list[Any]):
    send_unmodelled(bedrock, "CreateModelInvocationJob", ["fieldOfTomorrow"])
    create(bedrock, fieldOfTomorrow="Converse")
    body = json.loads(sent[0].body)
    assert body["fieldOfTomorrow"] == "Converse"
    assert body["jobName"] == "job"
    assert int(sent[0].headers["Content-Length"]) == len(sent[0].body)
    assert "Signature" in str(sent[0].headers["Authorization"])


def test_field_that_boto3_knows_is_left_to_it(bedrock: Any):
    send_unmodelled(bedrock, "CreateModelInvocationJob", ["jobName"])
    with pytest.raises(ParamValidationError, match="jobName"):
        bedrock.create_model_invocation_job(jobName=1)


def test_other_unknown_fields_are_still_refused(bedrock: Any):
    send_unmodelled(bedrock, "CreateModelInvocationJob", ["fieldOfTomorrow"])
    with pytest.raises(ParamValidationError, match="misspelt"):
        create(bedrock, misspelt="x")


def test_told_twice_sends_the_field_once(bedrock: Any, sent: list[Any]):
    for _ in range(2):
        send_unmodelled(bedrock, "CreateModelInvocationJob", ["fieldOfTomorrow"])
    create(bedrock, fieldOfTomorrow="Converse")
    assert sent[0].body.count(b"fieldOfTomorrow") == 1
