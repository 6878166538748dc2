"""Whether the same call may succeed later, for the errors of AWS, OpenSearch and our own."""

from __future__ import annotations

from include.errors import RetryableError, TerminalError

RETRYABLE_CODES = frozenset(
    {
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "LimitExceededException",
        "ModelNotReadyException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ResourceLimitExceeded",
        "ServiceQuotaExceededException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
RETRYABLE_STATUS = frozenset({408, 429, 500, 502, 503, 504})


def is_retryable(error: BaseException) -> bool | None:
    """True or False where the error says so, None where it does not."""
    if isinstance(error, RetryableError | ConnectionError | TimeoutError):
        return True
    if isinstance(error, TerminalError | ValueError | TypeError | KeyError | AttributeError):
        return False
    return _of_aws(error) if type(error).__module__.startswith("botocore") else _of_opensearch(error)


def _of_aws(error: BaseException) -> bool | None:
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return error.response["Error"]["Code"] in RETRYABLE_CODES or status in RETRYABLE_STATUS
    return isinstance(error, ConnectionError | HTTPClientError)


def _of_opensearch(error: BaseException) -> bool | None:
    from opensearchpy.exceptions import ConnectionError, TransportError

    if isinstance(error, ConnectionError):
        return True
    if isinstance(error, TransportError):
        return error.status_code in RETRYABLE_STATUS
    return None
