"""Whether the same call may succeed later, for the errors of AWS, OpenSearch and our own."""

from __future__ import annotations

from typing import Any

from include.errors import RetryableError, TerminalError

RETRYABLE_CODES = frozenset(
    {
        "BandwidthLimitExceeded",
        "ConcurrentUpdateException",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteBody",
        "InsufficientCapacityException",
        "InternalError",
        "InternalFailure",
        "InternalServerError",
        "InternalServerException",
        "InternalServiceException",
        "LimitExceededException",
        "ModelNotReadyException",
        "NoSuchUpload",
        "OperationAborted",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestExpired",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeTooSkewed",
        "RequestTimeout",
        "RequestTimeoutException",
        "ResourceLimitExceeded",
        "ServiceQuotaExceededException",
        "ServiceUnavailable",
        "ServiceUnavailableException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TokenRefreshRequired",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
"""Throttling, faults of AWS, S3's own words for them, and credentials that ran out: a retry makes a new client, which
asks for new ones."""
EXPIRED_MESSAGE = "security token included in the request is expired"
RETRYABLE_STATUS = frozenset({408, 429, 500, 502, 503, 504})


def is_retryable(error: BaseException) -> bool | None:
    """True or False where the error says so, None where it does not."""
    if isinstance(error, RetryableError | ConnectionError | TimeoutError):
        return True
    if isinstance(error, TerminalError | ValueError | TypeError | KeyError | AttributeError):
        return False
    package = type(error).__module__.partition(".")[0]
    return OF_PACKAGES[package](error) if package in OF_PACKAGES else None


def _of_aws(error: BaseException) -> bool | None:
    from botocore import exceptions as aws

    if isinstance(error, aws.ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        return error.response["Error"]["Code"] in RETRYABLE_CODES or status in RETRYABLE_STATUS
    passing = (aws.ConnectionError, aws.HTTPClientError, aws.IncompleteReadError, aws.CredentialRetrievalError)
    if isinstance(error, aws.SSLError):
        return False  # a certificate that is not trusted, which is a connection error to botocore
    return isinstance(error, passing)


def _of_transfer(error: BaseException) -> bool | None:
    """boto3's uploads and downloads hide what went wrong, or say only that it went wrong again and again."""
    if type(error).__name__ == "RetriesExceededError":
        return True
    cause = error.__cause__ or error.__context__
    return is_retryable(cause) if cause else None


def _of_opensearch(error: BaseException) -> bool | None:
    from opensearchpy import exceptions as search
    from opensearchpy.helpers import BulkIndexError

    if isinstance(error, search.SSLError):
        return False
    if isinstance(error, search.ConnectionError):
        return True
    if isinstance(error, BulkIndexError):
        return all(_status_of(item) in RETRYABLE_STATUS for item in error.errors)
    if isinstance(error, search.TransportError):
        return error.status_code in RETRYABLE_STATUS or EXPIRED_MESSAGE in str(error).lower()
    return None


def _status_of(item: dict[str, Any]) -> int:
    """HTTP status of one action of a bulk request."""
    return int(next(iter(item.values())).get("status", 0))


OF_PACKAGES = {
    "botocore": _of_aws,
    "boto3": _of_transfer,
    "s3transfer": _of_transfer,
    "opensearchpy": _of_opensearch,
}
