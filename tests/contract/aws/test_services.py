"""The services that moto answers, and what is common to all."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.contract.aws.harness import ACCOUNT, signed_for

if TYPE_CHECKING:
    from tests.contract.aws.harness import StandInProcess


def send(aws: StandInProcess, path: str, body: bytes = b"", **headers: str) -> tuple[int, Any, str]:
    """Status, JSON and error type of a request that no SDK would make."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = aws.request("POST", path, content=body, headers=named)
    return answer.status_code, answer.json(), answer.headers.get("x-amzn-ErrorType", "")


def test_sts_says_who_asks(aws: StandInProcess) -> None:
    assert aws.client("sts").get_caller_identity()["Account"] == ACCOUNT


def test_iam_role_can_be_assumed(aws: StandInProcess) -> None:
    role = aws.client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    credentials = aws.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    assert credentials["AccessKeyId"]


def test_secret_is_kept(aws: StandInProcess) -> None:
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="opensearch", SecretString="hidden")
    assert secrets.get_secret_value(SecretId="opensearch")["SecretString"] == "hidden"


def test_metric_is_kept(aws: StandInProcess) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_data(Namespace="search", MetricData=[{"MetricName": "nDCG", "Value": 0.8}])
    assert cloudwatch.list_metrics(Namespace="search")["Metrics"][0]["MetricName"] == "nDCG"


def test_service_that_is_not_there_says_which_are(aws: StandInProcess) -> None:
    with pytest.raises(ClientError, match=r"has no dynamodb\. It has: application-autoscaling, bedrock"):
        aws.client("dynamodb").list_tables()


def test_operation_that_is_not_there_says_which_are(aws: StandInProcess) -> None:
    with pytest.raises(ClientError, match=r"UnknownOperationException.*has no ListTransformJobs of sagemaker"):
        aws.client("sagemaker").list_transform_jobs()


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        pytest.param("/endpoints/some/invocations", {}, id="sagemaker-runtime"),
        pytest.param("/", {"X_Amz_Target": "SageMaker.ListModels"}, id="sagemaker"),
        pytest.param("/model-invocation-jobs", {}, id="bedrock"),
        pytest.param("/model/some/converse", {}, id="bedrock-runtime"),
    ],
)
def test_request_without_signature_is_refused(aws: StandInProcess, path: str, headers: dict[str, str]) -> None:
    status, body, error_type = send(aws, path, **headers)
    assert (status, error_type) == (403, "MissingAuthenticationTokenException")
    assert body["message"] == "Missing Authentication Token"


def test_request_with_another_authorization_is_refused(aws: StandInProcess) -> None:
    answer = send(aws, "/endpoints/some/invocations", Authorization="Basic dGVzdA==")
    assert (answer[0], answer[2]) == (403, "IncompleteSignatureException")


def test_body_that_is_no_json_is_refused(aws: StandInProcess) -> None:
    headers = {"Authorization": signed_for("sagemaker"), "X_Amz_Target": "SageMaker.DescribeModel"}
    status, body, _ = send(aws, "/", b"{broken", Content_Type="application/x-amz-json-1.1", **headers)
    assert (status, body["__type"]) == (400, "ValidationException")


def test_body_of_wrong_types_is_a_serialization_error(aws: StandInProcess) -> None:
    headers = {"Authorization": signed_for("sagemaker"), "X_Amz_Target": "SageMaker.DescribeModel"}
    status, body, _ = send(aws, "/", b'{"ModelName": 7}', Content_Type="application/x-amz-json-1.1", **headers)
    assert (status, body["__type"]) == (400, "SerializationException")


def test_constraints_of_the_service_model_are_checked_in_awss_words(sagemaker: Any) -> None:
    with pytest.raises(ClientError) as refused:
        sagemaker.create_model(ModelName="has_underscores", PrimaryContainer={"Mode": "Neither"})
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert error["Message"].startswith(
        "2 validation errors detected: Value 'has_underscores' at 'modelName' failed to "
    )
    assert "Member must satisfy regular expression pattern: [a-zA-Z0-9]" in error["Message"]
    assert (
        "Value 'Neither' at 'primaryContainer.mode' failed to satisfy constraint: Member must satisfy enum value set"
        in (error["Message"])
    )


def test_failures_that_were_set_are_answered_once(aws: StandInProcess, sagemaker: Any) -> None:
    failures = [
        {"operation": "ListModels", "code": "ThrottlingException", "message": "Rate exceeded"},
        {"operation": "ListModels", "code": "InternalFailure", "status": 500},
    ]
    with aws.changed(failures=failures):
        with pytest.raises(ClientError, match=r"ThrottlingException.*Rate exceeded"):
            sagemaker.list_models()
        with pytest.raises(ClientError, match="InternalFailure"):
            sagemaker.list_models()
        assert "Models" in sagemaker.list_models()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        pytest.param({"minimum": 5}, "There is no setting 'minimum'. Valid names: minimum_records", id="name"),
        pytest.param({"minimum_records": "5"}, "minimum_records is '5'. It must be of the type of 100", id="type"),
        pytest.param({"failures": [{"code": "X"}]}, "Its members are: operation, code", id="failure"),
    ],
)
def test_setting_that_is_not_valid_is_refused(aws: StandInProcess, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=re.escape(complaint)):
        aws.settings(**changes)
    assert aws.settings()["minimum_records"] == 100


def test_page_that_is_not_there_says_which_are(aws: StandInProcess) -> None:
    assert "There are: /_local/health, /_local/settings" in aws.request("GET", "/_local/helth").json()["error"]


def test_actions_that_were_used_are_listed_by_who_used_them(aws: StandInProcess, s3: Any) -> None:
    s3.create_bucket(Bucket="recorded")
    s3.put_object(Bucket="recorded", Key="a/b", Body=b"x")
    s3.list_objects_v2(Bucket="recorded", Prefix="a/")

    listed = aws.request("GET", "/_local/actions").json()
    mine = [use for use in listed["uses"] if use["resource"].startswith("arn:aws:s3:::recorded")]

    assert listed["complete"]
    assert {use["role"] for use in mine} == {"testing"}
    assert [(use["action"], use["context"]) for use in mine] == [
        ("s3:CreateBucket", {}),
        ("s3:ListBucket", {"s3:prefix": "a/"}),
        ("s3:PutObject", {}),
    ]


def test_topic_is_kept_and_can_be_told(aws: StandInProcess) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="search-models")["TopicArn"]

    assert sns.publish(TopicArn=topic, Subject="failed", Message="why")["MessageId"]
