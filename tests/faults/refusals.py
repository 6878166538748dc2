"""How each service says no: status, headers and body, as the services themselves write them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from tests.faults.operations import OPENSEARCH

if TYPE_CHECKING:
    from tests.faults.operations import Operation


class Refusal(NamedTuple):
    """An answer that is an error."""

    status: int
    headers: dict[str, str]
    body: bytes


EXPIRED = "The security token included in the request is expired"
# What went wrong, for each way in which services write it: status, code, message.
S3 = {
    "throttling": (503, "SlowDown", "Please reduce your request rate."),
    "server error": (500, "InternalError", "We encountered an internal error. Please try again."),
    "expired credentials": (400, "ExpiredToken", "The provided token has expired."),
}
SAGEMAKER = {
    "throttling": (400, "ThrottlingException", "Rate exceeded"),
    "server error": (500, "InternalFailure", "The request processing has failed because of an unknown error."),
    "expired credentials": (400, "ExpiredTokenException", EXPIRED),
    "quota": (
        400,
        "ResourceLimitExceeded",
        "The account-level service limit 'ml.m5.large for {name} usage' is 0 Instances, with current utilization of 0 "
        "Instances and a request delta of 1 Instances. Please use AWS Service Quotas to request an increase.",
    ),
    "capacity": (
        400,
        "InsufficientCapacity",
        "Unable to provision requested ML compute capacity. Please retry using a different ML instance type.",
    ),
}
BEDROCK = {
    "throttling": (429, "ThrottlingException", "Too many requests, please wait before trying again."),
    "server error": (500, "InternalServerException", "The system encountered an unexpected error."),
    "expired credentials": (403, "ExpiredTokenException", EXPIRED),
    "quota": (
        400,
        "ServiceQuotaExceededException",
        "The sum of in-progress and submitted batch inference jobs exceeds the quota.",
    ),
}
RUNTIME = {
    "throttling": (400, "ThrottlingException", "Rate exceeded"),
    "server error": (503, "ServiceUnavailable", "The service is unavailable. Try your call again."),
    "expired credentials": (403, "ExpiredTokenException", EXPIRED),
}
SEARCH = {
    "throttling": (429, "rejected_execution_exception", "rejected execution of coordinating operation"),
    "server error": (503, "cluster_block_exception", "blocked by: [SERVICE_UNAVAILABLE/1/state not recovered];"),
    "expired credentials": (403, "security_exception", EXPIRED),
}
WAYS = {
    "s3": S3,
    "sagemaker": SAGEMAKER,
    "bedrock": BEDROCK,
    "sagemaker-runtime": RUNTIME,
    OPENSEARCH: SEARCH,
}
QUOTA_OPERATIONS = ("CreateTrainingJob", "CreateEndpoint", "CreateModelInvocationJob")


def refusal(operation: Operation, kind: str) -> Refusal:
    """The service's answer for what went wrong."""
    status, code, message = WAYS[operation.service][kind]
    message = message.format(name=operation.name)
    if operation.service == "s3":
        return Refusal(status, {"Content-Type": "application/xml"}, _xml(code, message))
    if operation.service == "sagemaker":
        body = {"__type": code, "message": message}
        return Refusal(status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode())
    if operation.service == OPENSEARCH:
        error = {"type": code, "reason": message}
        told = {"error": {"root_cause": [error], **error}, "status": status}
        return Refusal(status, {"Content-Type": "application/json"}, json.dumps(told).encode())
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return Refusal(status, headers, json.dumps({"message": message}).encode())


def refusals_of(operation: Operation) -> tuple[str, ...]:
    """What this operation can be refused with."""
    kinds = WAYS.get(operation.service, {})
    return tuple(kind for kind in kinds if kind not in ("quota", "capacity") or operation.name in QUOTA_OPERATIONS)


def code_of(operation: Operation, kind: str) -> str:
    """The code, or type, that the answer carries."""
    return WAYS[operation.service][kind][1]


def _xml(code: str, message: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message>'
        "<RequestId>0</RequestId></Error>"
    ).encode()
