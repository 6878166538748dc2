from __future__ import annotations

from typing import Any

import pytest

from local.aws.actions import bedrock, moto, s3, sagemaker
from local.aws.actions.need import Need
from local.aws.actions.recorder import Recorder
from local.aws.roles import AIRFLOW_KEY, BEDROCK_BATCH, CONNECTOR_KEY
from local.aws.signature import Scope

REGION = "us-east-1"
ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/sagemaker"
OBJECT = "arn:aws:s3:::bucket/a/b.json"
BUCKET = "arn:aws:s3:::bucket"


def environ(method: str, path: str, query: str = "", **headers: str) -> dict[str, Any]:
    return {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query, **headers}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        pytest.param(environ("HEAD", "/bucket/a/b.json"), [Need("s3:GetObject", OBJECT)], id="HeadObject"),
        pytest.param(environ("GET", "/bucket/a/b.json", "x-id=GetObject"), [Need("s3:GetObject", OBJECT)], id="Get"),
        pytest.param(environ("PUT", "/bucket/a/b.json"), [Need("s3:PutObject", OBJECT)], id="PutObject"),
        pytest.param(environ("POST", "/bucket/a/b.json", "uploads"), [Need("s3:PutObject", OBJECT)], id="Create part"),
        pytest.param(
            environ("PUT", "/bucket/a/b.json", "partNumber=1&uploadId=x"), [Need("s3:PutObject", OBJECT)], id="Part"
        ),
        pytest.param(
            environ("DELETE", "/bucket/a/b.json", "uploadId=x"), [Need("s3:AbortMultipartUpload", OBJECT)], id="Abort"
        ),
        pytest.param(environ("DELETE", "/bucket/a/b.json"), [Need("s3:DeleteObject", OBJECT)], id="DeleteObject"),
        pytest.param(
            environ("PUT", "/bucket/a/b.json", HTTP_X_AMZ_COPY_SOURCE="other/c%20d?versionId=1"),
            [Need("s3:PutObject", OBJECT), Need("s3:GetObject", "arn:aws:s3:::other/c d")],
            id="CopyObject",
        ),
        pytest.param(environ("HEAD", "/bucket"), [Need("s3:ListBucket", BUCKET)], id="HeadBucket"),
        pytest.param(
            environ("GET", "/bucket", "list-type=2&prefix=a%2F"),
            [Need("s3:ListBucket", BUCKET, (("s3:prefix", "a/"),))],
            id="ListObjectsV2",
        ),
        pytest.param(environ("GET", "/"), [Need("s3:ListAllMyBuckets", "*")], id="ListBuckets"),
        pytest.param(
            environ("PUT", "/bucket/a/b.json", "tagging"), [Need("s3:PutObjectTagging", OBJECT)], id="PutObjectTagging"
        ),
        pytest.param(
            environ("PUT", "/bucket/a/b.json", "acl"),
            [Need("s3:(unknown to the stand-in: PUT ?acl)", OBJECT)],
            id="what no policy names",
        ),
    ],
)
def test_s3_request_needs_the_actions_of_aws(request_: dict[str, Any], expected: list[Need]) -> None:
    assert s3.needs(request_, b"") == expected


def test_s3_deletion_of_several_objects_needs_each_of_them() -> None:
    request_ = environ("POST", "/bucket", "delete")
    body = b"<Delete><Object><Key>a/1</Key></Object><Object><Key>a/&lt;2&gt;</Key></Object></Delete>"

    assert moto.reads_body("s3", request_)
    assert moto.needs("s3", REGION, request_, body) == [
        Need("s3:DeleteObject", f"{BUCKET}/a/1"),
        Need("s3:DeleteObject", f"{BUCKET}/a/<2>"),
    ]


def test_training_job_needs_its_role_to_be_passed_and_its_tags_to_be_added() -> None:
    arn = f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:training-job/m-1"
    tag = ("aws:RequestTag/opensearch-ml-finetuning:run", "bucket/p/m/1")
    parameters = {"TrainingJobName": "m-1", "RoleArn": ROLE, "Tags": [{"Key": tag[0][15:], "Value": tag[1]}]}

    assert sagemaker.needs("CreateTrainingJob", parameters, REGION) == [
        Need("sagemaker:CreateTrainingJob", arn, (tag,)),
        Need("sagemaker:AddTags", arn, (tag,)),
        Need("iam:PassRole", ROLE, (("iam:PassedToService", "sagemaker.amazonaws.com"),)),
    ]


def test_endpoint_needs_its_configuration_too_and_lists_need_everything() -> None:
    names = {"EndpointName": "e", "EndpointConfigName": "c"}

    created = [need.resource.rpartition(":")[2] for need in sagemaker.needs("CreateEndpoint", names, REGION)]

    assert created == ["endpoint/e", "endpoint-config/c"]
    assert sagemaker.needs("ListEndpoints", {}, REGION) == [Need("sagemaker:ListEndpoints", "*")]


@pytest.mark.parametrize(
    ("model", "arn"),
    [
        ("amazon.nova-lite-v1:0", "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"),
        (
            "us.amazon.nova-lite-v1:0",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0",
        ),
    ],
    ids=["foundation model", "inference profile"],
)
def test_batch_job_needs_its_model_a_job_and_its_role(model: str, arn: str) -> None:
    found = bedrock.needs("CreateModelInvocationJob", {"jobName": "j", "modelId": model, "roleArn": ROLE}, REGION)

    assert [(need.action, need.resource) for need in found] == [
        ("bedrock:CreateModelInvocationJob", arn),
        ("bedrock:CreateModelInvocationJob", f"arn:aws:bedrock:{REGION}:{ACCOUNT}:model-invocation-job/*"),
        ("iam:PassRole", ROLE),
    ]


def test_log_lines_need_their_stream() -> None:
    request_ = environ("POST", "/", HTTP_X_AMZ_TARGET="Logs_20140328.PutLogEvents")
    body = b'{"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "m-1/algo-1"}'

    [need] = moto.needs("logs", REGION, request_, body)

    assert need.action == "logs:PutLogEvents"
    assert need.resource.endswith(":log-group:/aws/sagemaker/TrainingJobs:log-stream:m-1/algo-1")


def test_recorder_tells_roles_apart_and_keeps_each_use_once() -> None:
    recorder = Recorder()
    for key in (AIRFLOW_KEY, AIRFLOW_KEY, CONNECTOR_KEY, BEDROCK_BATCH, "somebody"):
        recorder.note(Scope(key, REGION, "s3"), [Need("s3:GetObject", OBJECT)])
    recorder.note(None, [Need("s3:GetObject", OBJECT)])

    shown = recorder.show()

    assert shown["complete"]
    assert [use["role"] for use in shown["uses"]] == [
        "airflow",
        "anonymous",
        "bedrock_batch",
        "opensearch_connector",
        "somebody",
    ]
    recorder.forget()
    assert recorder.show() == {"complete": True, "uses": []}
