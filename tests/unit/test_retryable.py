"""The table of errors: which may pass, which come again, and which do not say."""

from __future__ import annotations

import json

import botocore.exceptions as aws
import opensearchpy.exceptions as search
import pytest
from boto3 import exceptions as boto3
from opensearchpy.helpers import BulkIndexError
from s3transfer import exceptions as s3transfer

from include.errors import RetryableError, TerminalError
from include.retryable import RETRYABLE_CODES, RETRYABLE_STATUS, is_retryable

EXPIRED = "The security token included in the request is expired"


def client_error(code: str, status: int = 400) -> aws.ClientError:
    answer = {"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return aws.ClientError(answer, "Operation")  # type: ignore[arg-type]


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


MAY_PASS = [
    pytest.param(RetryableError("later"), id="our-own"),
    pytest.param(ConnectionResetError("reset"), id="connection-reset"),
    pytest.param(TimeoutError("late"), id="timeout"),
    *(pytest.param(client_error(code), id=code) for code in sorted(RETRYABLE_CODES)),
    *(pytest.param(client_error("Unknown", status), id=f"aws-{status}") for status in sorted(RETRYABLE_STATUS)),
    pytest.param(aws.EndpointConnectionError(endpoint_url="https://x"), id="no-aws"),
    pytest.param(aws.ReadTimeoutError(endpoint_url="https://x"), id="aws-reads-too-long"),
    pytest.param(aws.ConnectionClosedError(endpoint_url="https://x"), id="aws-closed"),
    pytest.param(aws.ConnectTimeoutError(endpoint_url="https://x"), id="aws-connects-too-long"),
    pytest.param(aws.ResponseStreamingError(error="reset"), id="aws-breaks-off"),
    pytest.param(aws.IncompleteReadError(actual_bytes=1, expected_bytes=2), id="aws-too-short"),
    pytest.param(aws.CredentialRetrievalError(provider="role", error_msg="late"), id="aws-no-new-credentials"),
    pytest.param(s3transfer.RetriesExceededError(TimeoutError()), id="download-broken"),
    pytest.param(caused(boto3.S3UploadFailedError("x"), client_error("SlowDown")), id="upload-throttled"),
    pytest.param(search.AuthorizationException(403, EXPIRED, {}), id="opensearch-credentials-expired"),
    pytest.param(BulkIndexError("1", [{"index": {"status": 429}}]), id="opensearch-bulk-rejected"),
    pytest.param(search.ConnectionError("N/A", "refused", Exception()), id="opensearch-gone"),
    pytest.param(search.ConnectionTimeout("TIMEOUT", "late", Exception()), id="opensearch-late"),
    *(
        pytest.param(search.TransportError(status, "busy", {}), id=f"opensearch-{status}")
        for status in sorted(RETRYABLE_STATUS)
    ),
]
COMES_AGAIN = [
    pytest.param(TerminalError("wrong"), id="our-own"),
    pytest.param(ValueError("wrong"), id="value"),
    pytest.param(KeyError("missing"), id="key"),
    pytest.param(json.JSONDecodeError("wrong", "doc", 0), id="json"),
    pytest.param(UnicodeDecodeError("utf-8", b"", 0, 1, "wrong"), id="encoding"),
    pytest.param(client_error("ValidationException"), id="validation"),
    pytest.param(client_error("AccessDenied", 403), id="denied"),
    pytest.param(client_error("ResourceNotFound", 404), id="not-found"),
    pytest.param(client_error("ResourceInUse"), id="in-use"),
    pytest.param(aws.NoCredentialsError(), id="no-credentials"),
    pytest.param(aws.ParamValidationError(report="wrong"), id="request"),
    pytest.param(aws.SSLError(endpoint_url="https://x", error="not trusted"), id="aws-not-trusted"),
    pytest.param(caused(boto3.S3UploadFailedError("x"), client_error("AccessDenied", 403)), id="upload-denied"),
    pytest.param(search.SSLError("N/A", "not trusted", Exception()), id="opensearch-not-trusted"),
    pytest.param(BulkIndexError("1", [{"index": {"status": 400}}]), id="opensearch-bulk-refused"),
    pytest.param(search.RequestError(400, "wrong", {}), id="opensearch-400"),
    pytest.param(search.AuthorizationException(403, "denied", {}), id="opensearch-403"),
    pytest.param(search.NotFoundError(404, "missing", {}), id="opensearch-404"),
    pytest.param(search.ConflictError(409, "conflict", {}), id="opensearch-409"),
]
DOES_NOT_SAY = [
    pytest.param(RuntimeError("?"), id="runtime"),
    pytest.param(OSError("disk"), id="os"),
    pytest.param(Exception(), id="any"),
]


@pytest.mark.parametrize("error", MAY_PASS)
def test_is_retryable_what_may_pass(error: Exception) -> None:
    assert is_retryable(error) is True


@pytest.mark.parametrize("error", COMES_AGAIN)
def test_is_retryable_what_comes_again(error: Exception) -> None:
    assert is_retryable(error) is False


@pytest.mark.parametrize("error", DOES_NOT_SAY)
def test_is_retryable_what_does_not_say(error: Exception) -> None:
    assert is_retryable(error) is None


def test_is_retryable_terminal_is_terminal_whatever_caused_it() -> None:
    """Preflight turns a refused connection into a message; that is not tried again."""
    assert is_retryable(caused(TerminalError("nothing answers there"), ConnectionRefusedError())) is False
