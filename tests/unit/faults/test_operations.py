"""What the proxies call a request; a fault that is named wrongly would never be reached."""

from __future__ import annotations

import pytest

from tests.faults.operations import aws_operation, opensearch_operation


def signed(service: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/{service}/aws4_request, x", **more}


@pytest.mark.parametrize(
    ("method", "target", "more", "name"),
    [
        ("HEAD", "/bucket", {}, "HeadBucket"),
        ("GET", "/bucket?list-type=2&prefix=a%2Fb", {}, "ListObjectsV2"),
        ("GET", "/bucket/a/b.jsonl", {}, "GetObject"),
        ("PUT", "/bucket/a", {}, "PutObject"),
        ("PUT", "/bucket/a", {"x-amz-copy-source": "bucket/b"}, "CopyObject"),
        ("POST", "/bucket/a?uploads", {}, "CreateMultipartUpload"),
        ("PUT", "/bucket/a?partNumber=1&uploadId=u", {}, "UploadPart"),
        ("PUT", "/bucket/a?partNumber=1&uploadId=u", {"x-amz-copy-source": "bucket/b"}, "UploadPartCopy"),
        ("POST", "/bucket/a?uploadId=u", {}, "CompleteMultipartUpload"),
        ("DELETE", "/bucket/a?uploadId=u", {}, "AbortMultipartUpload"),
    ],
)
def test_s3_request_is_named_after_its_operation(method: str, target: str, more: dict[str, str], name: str) -> None:
    assert aws_operation(method, target, signed("s3", **more)) == ("s3", name)


@pytest.mark.parametrize(
    ("method", "target", "service", "expected"),
    [
        ("POST", "/model-invocation-job", "bedrock", ("bedrock", "CreateModelInvocationJob")),
        ("GET", "/model-invocation-job/arn%3Aaws", "bedrock", ("bedrock", "GetModelInvocationJob")),
        ("POST", "/model-invocation-job/arn/stop", "bedrock", ("bedrock", "StopModelInvocationJob")),
        ("POST", "/endpoints/model-run/invocations", "sagemaker", ("sagemaker-runtime", "InvokeEndpoint")),
    ],
)
def test_request_by_path_is_named(method: str, target: str, service: str, expected: tuple[str, str]) -> None:
    assert aws_operation(method, target, signed(service)) == expected


def test_request_by_target_is_named() -> None:
    headers = signed("sagemaker", **{"X-Amz-Target": "SageMaker.CreateTrainingJob"})

    assert aws_operation("POST", "/", headers) == ("sagemaker", "CreateTrainingJob")


@pytest.mark.parametrize(
    ("method", "target", "name"),
    [
        ("POST", "/_search?allow_partial_search_results=false", "POST /_search"),
        ("POST", "/articles/_search/point_in_time?keep_alive=5m", "POST /*/_search/point_in_time"),
        ("GET", "/_plugins/_ml/models/abc123", "GET /_plugins/_ml/models/*"),
        ("POST", "/_plugins/_ml/models/_register", "POST /_plugins/_ml/models/_register"),
        ("PUT", "/_search/pipeline/model-run", "PUT /_search/pipeline/*"),
        ("GET", "/", "GET /"),
    ],
)
def test_opensearch_request_is_named_without_names_and_ids(method: str, target: str, name: str) -> None:
    assert opensearch_operation(method, target, {}) == ("opensearch", name)
