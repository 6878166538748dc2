"""What a failed run takes down: against moto where it keeps state, against canned answers of AWS elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from include.release import delete_endpoint, stop_batch_jobs, stop_training

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "search-model-20261121-105000-abcdef"
ROLE = "arn:aws:iam::123456789012:role/sagemaker"
ARN = "arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/"


@pytest.fixture
def sagemaker() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("sagemaker")


@pytest.fixture
def stubbed() -> Iterator[tuple[Any, Stubber]]:
    """A SageMaker client whose answers are given one by one."""
    client = boto3.client("sagemaker")
    with Stubber(client) as stub:
        yield client, stub
        stub.assert_no_pending_responses()


def job(name: str, status: str, number: int) -> dict[str, Any]:
    return {
        "jobName": name,
        "jobArn": f"{ARN}{number:012}",
        "status": status,
        "modelId": "amazon.nova-lite-v1:0",
        "roleArn": ROLE,
        "submitTime": 0,
        "inputDataConfig": {"s3InputDataConfig": {"s3Uri": "s3://b/i"}},
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://b/o"}},
    }


def test_delete_endpoint_deletes_all_three(sagemaker: Any) -> None:
    image = {"Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/image:1"}
    sagemaker.create_model(ModelName=NAME, ExecutionRoleArn=ROLE, PrimaryContainer=image)
    variant = {
        "VariantName": "v",
        "ModelName": NAME,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
        "InitialVariantWeight": 1.0,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=NAME, ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=NAME, EndpointConfigName=NAME)

    assert delete_endpoint(sagemaker, NAME) == [
        f"endpoint {NAME} deleted",
        f"endpoint configuration {NAME} deleted",
        f"SageMaker model {NAME} deleted",
    ]
    assert sagemaker.list_endpoints()["Endpoints"] == []
    assert sagemaker.list_endpoint_configs()["EndpointConfigs"] == []
    assert sagemaker.list_models()["Models"] == []


def test_delete_endpoint_nothing_there_is_nothing_to_say(stubbed: tuple[Any, Stubber]) -> None:
    client, stub = stubbed
    for operation in ("delete_endpoint", "delete_endpoint_config", "delete_model"):
        stub.add_client_error(operation, "ValidationException", f'Could not find "arn:aws:sagemaker:{NAME}".')

    assert delete_endpoint(client, NAME) == []


BUSY = "Cannot update in-progress endpoint"


def endpoint(status: str) -> dict[str, Any]:
    arn = f"arn:aws:sagemaker:us-east-1:123456789012:endpoint/{NAME}"
    times = {"CreationTime": 0, "LastModifiedTime": 0}
    return {"EndpointName": NAME, "EndpointArn": arn, "EndpointStatus": status, **times}


@pytest.mark.parametrize("settled", ["InService", "Failed"])
def test_delete_endpoint_still_being_created_is_waited_for(stubbed: tuple[Any, Stubber], settled: str) -> None:
    """AWS refuses to delete it before, and it would be billed on."""
    client, stub = stubbed
    stub.add_client_error("delete_endpoint", "ValidationException", BUSY)
    stub.add_response("describe_endpoint", endpoint(settled))
    for operation in ("delete_endpoint", "delete_endpoint_config", "delete_model"):
        stub.add_response(operation, {})

    assert f"endpoint {NAME} deleted" in delete_endpoint(client, NAME)


def test_delete_endpoint_that_is_created_too_long_is_not_called_gone(
    stubbed: tuple[Any, Stubber], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.release.LONGEST_CREATION", {"Delay": 0, "MaxAttempts": 2})
    client, stub = stubbed
    stub.add_client_error("delete_endpoint", "ValidationException", BUSY)
    for _ in range(2):
        stub.add_response("describe_endpoint", endpoint("Creating"))
    stub.add_client_error("delete_endpoint", "ValidationException", BUSY)

    assert delete_endpoint(client, NAME) == [
        f"endpoint {NAME} NOT deleted, end it yourself: ValidationException: {BUSY}"
    ]


def test_delete_endpoint_one_denied_does_not_keep_the_rest_from_being_tried(stubbed: tuple[Any, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response("delete_endpoint", {})
    stub.add_client_error("delete_endpoint_config", "AccessDeniedException", "no right", http_status_code=403)
    stub.add_response("delete_model", {})

    assert delete_endpoint(client, NAME) == [
        f"endpoint {NAME} deleted",
        f"endpoint configuration {NAME} NOT deleted, end it yourself: AccessDeniedException: no right",
        f"SageMaker model {NAME} deleted",
    ]


def listed(*names: str) -> dict[str, Any]:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:training-job/"
    return {
        "TrainingJobSummaries": [
            {
                "TrainingJobName": name,
                "TrainingJobArn": f"{arn}{name}",
                "CreationTime": 0,
                "TrainingJobStatus": "InProgress",
            }
            for name in names
        ]
    }


ASKED = {"NameContains": NAME, "StatusEquals": "InProgress"}


def test_stop_training_that_runs_is_stopped(stubbed: tuple[Any, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response("list_training_jobs", listed(NAME, f"{NAME}-2", f"{NAME}x", f"my-{NAME}"), ASKED)
    for name in (NAME, f"{NAME}-2"):
        stub.add_response("stop_training_job", {}, {"TrainingJobName": name})

    assert stop_training(client, NAME) == [f"training job {NAME} stopped", f"training job {NAME}-2 stopped"]


def test_stop_training_that_never_was_or_has_ended_is_nothing_to_say(stubbed: tuple[Any, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response("list_training_jobs", listed(), ASKED)

    assert stop_training(client, NAME) == []


def test_stop_training_that_ends_meanwhile_is_nothing_to_say(stubbed: tuple[Any, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response("list_training_jobs", listed(NAME), ASKED)
    message = "The request was rejected because the training job is in status Completed."
    stub.add_client_error("stop_training_job", "ValidationException", message)

    assert stop_training(client, NAME) == []


def test_stop_training_denied_says_so(stubbed: tuple[Any, Stubber]) -> None:
    client, stub = stubbed
    stub.add_response("list_training_jobs", listed(NAME), ASKED)
    stub.add_client_error("stop_training_job", "AccessDeniedException", "no right to do so")

    assert stop_training(client, NAME) == [
        f"training job {NAME} NOT stopped, end it yourself: AccessDeniedException: no right to do so"
    ]


def test_stop_training_busy_may_be_tried_again(stubbed: tuple[Any, Stubber]) -> None:
    client, stub = stubbed
    stub.add_client_error("list_training_jobs", "ThrottlingException", "slow down")

    with pytest.raises(ClientError, match="slow down"):
        stop_training(client, NAME)


def test_stop_batch_jobs_stops_those_of_the_run_that_go_on() -> None:
    bedrock = boto3.client("bedrock")
    with Stubber(bedrock) as stub:
        pages = [
            [job(f"{NAME}-000", "InProgress", 1), job(f"{NAME}-001", "Completed", 2)],
            [job(f"{NAME}x-000", "InProgress", 3), job(f"{NAME}-002", "Submitted", 4)],
        ]
        stub.add_response(
            "list_model_invocation_jobs",
            {"invocationJobSummaries": pages[0], "nextToken": "next"},
            {"nameContains": NAME},
        )
        stub.add_response(
            "list_model_invocation_jobs",
            {"invocationJobSummaries": pages[1]},
            {"nameContains": NAME, "nextToken": "next"},
        )
        for number in (1, 4):
            stub.add_response("stop_model_invocation_job", {}, {"jobIdentifier": f"{ARN}{number:012}"})

        stopped = stop_batch_jobs(bedrock, NAME)

        stub.assert_no_pending_responses()
    assert stopped == [f"batch inference job {NAME}-000 stopped", f"batch inference job {NAME}-002 stopped"]


@pytest.mark.parametrize("status", ["Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired", "Stopping"])
def test_stop_batch_jobs_that_have_ended_are_left_alone(status: str) -> None:
    bedrock = boto3.client("bedrock")
    with Stubber(bedrock) as stub:
        stub.add_response("list_model_invocation_jobs", {"invocationJobSummaries": [job(f"{NAME}-000", status, 1)]})

        assert stop_batch_jobs(bedrock, NAME) == []


def test_stop_batch_jobs_that_end_meanwhile_are_nothing_to_say() -> None:
    bedrock = boto3.client("bedrock")
    with Stubber(bedrock) as stub:
        stub.add_response(
            "list_model_invocation_jobs", {"invocationJobSummaries": [job(f"{NAME}-000", "InProgress", 1)]}
        )
        stub.add_client_error("stop_model_invocation_job", "ConflictException", "The job has ended.")

        assert stop_batch_jobs(bedrock, NAME) == []


def test_stop_batch_jobs_that_may_not_be_listed_says_so() -> None:
    bedrock = boto3.client("bedrock")
    with Stubber(bedrock) as stub:
        stub.add_client_error("list_model_invocation_jobs", "AccessDeniedException", "no right", http_status_code=403)

        assert stop_batch_jobs(bedrock, NAME) == [
            f"batch inference jobs {NAME}… NOT stopped, end it yourself: AccessDeniedException: no right"
        ]
