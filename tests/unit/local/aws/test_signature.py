from __future__ import annotations

import pytest

from local.aws.signature import Scope, read_scope

CREDENTIAL = "AKIDEXAMPLE/20260101/eu-west-1/sagemaker/aws4_request"
SIGNATURE = "a" * 64


def test_scope_of_a_signed_header_is_read() -> None:
    header = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host;x-amz-date, Signature={SIGNATURE}"
    assert read_scope({"HTTP_AUTHORIZATION": header}) == Scope("AKIDEXAMPLE", "eu-west-1", "sagemaker")


def test_scope_of_a_header_without_blanks_is_read() -> None:
    header = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL},SignedHeaders=host,Signature={SIGNATURE}"
    assert read_scope({"HTTP_AUTHORIZATION": header}) is not None


def test_scope_of_a_presigned_query_is_read() -> None:
    query = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={CREDENTIAL.replace('/', '%2F')}"
    assert read_scope({"QUERY_STRING": query}) == Scope("AKIDEXAMPLE", "eu-west-1", "sagemaker")


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({}, id="none"),
        pytest.param({"HTTP_AUTHORIZATION": "Bearer token"}, id="bearer"),
        pytest.param({"HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}"}, id="no_signature"),
        pytest.param({"HTTP_AUTHORIZATION": "AWS4-HMAC-SHA256 Credential=a/b, Signature=c"}, id="no_scope"),
        pytest.param({"QUERY_STRING": "X-Amz-Credential=a/b"}, id="query_without_scope"),
    ],
)
def test_scope_of_what_is_not_signed_is_none(environ: dict[str, str]) -> None:
    assert read_scope(environ) is None
