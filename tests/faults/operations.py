"""What a request asks for: service and operation, as a fault names them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

OPENSEARCH = "opensearch"
_SCOPE = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_BEDROCK = (
    ("POST", re.compile(r"/model-invocation-job"), "CreateModelInvocationJob"),
    ("GET", re.compile(r"/model-invocation-jobs"), "ListModelInvocationJobs"),
    ("POST", re.compile(r"/model-invocation-job/.+/stop"), "StopModelInvocationJob"),
    ("GET", re.compile(r"/model-invocation-job/.+"), "GetModelInvocationJob"),
)
# The first that fits: method, what the query must have, whether an object is named.
_S3 = (
    ("POST", "uploads", True, "CreateMultipartUpload"),
    ("POST", "uploadId", True, "CompleteMultipartUpload"),
    ("DELETE", "uploadId", True, "AbortMultipartUpload"),
    ("PUT", "partNumber", True, "UploadPart"),
    ("GET", "list-type", False, "ListObjectsV2"),
    ("GET", "uploads", False, "ListMultipartUploads"),
    ("POST", "delete", False, "DeleteObjects"),
    ("GET", "", True, "GetObject"),
    ("HEAD", "", True, "HeadObject"),
    ("PUT", "", True, "PutObject"),
    ("DELETE", "", True, "DeleteObject"),
    ("HEAD", "", False, "HeadBucket"),
    ("PUT", "", False, "CreateBucket"),
)
_WORDS = frozenset(("connectors", "models", "model_groups", "register", "point_in_time", "pipeline"))


class Operation(NamedTuple):
    """One thing that can be asked of one service."""

    service: str
    name: str

    def __str__(self) -> str:
        return f"{self.service}:{self.name}"


def aws_operation(method: str, target: str, headers: Mapping[str, str]) -> Operation:
    """Service and operation of a signed request to AWS."""
    scope = _SCOPE.search(headers.get("Authorization", ""))
    service = scope[1] if scope else "s3"
    path, _, query = target.partition("?")
    if asked := headers.get("X-Amz-Target"):
        return Operation(service, asked.rpartition(".")[2])
    if service == "sagemaker" and path.startswith("/endpoints/"):
        return Operation("sagemaker-runtime", "InvokeEndpoint")
    if service == "bedrock":
        found = (name for verb, pattern, name in _BEDROCK if verb == method and pattern.fullmatch(path))
        return Operation(service, next(found, f"{method} {path}"))
    return Operation(service, _s3_name(method, path, query, headers)) if service == "s3" else Operation(service, method)


def opensearch_operation(method: str, target: str, headers: Mapping[str, str]) -> Operation:
    """Method and path of a request to OpenSearch, names and ids left out."""
    parts = urlsplit(target).path.strip("/").split("/")
    kept = (part if part.startswith("_") or part in _WORDS else "*" for part in parts)
    return Operation(OPENSEARCH, f"{method} /{'/'.join(kept) if parts != [''] else ''}")


def _s3_name(method: str, path: str, query: str, headers: Mapping[str, str]) -> str:
    asked = parse_qs(query, keep_blank_values=True)
    names_object = "/" in path.strip("/")
    for verb, needed, of_object, name in _S3:
        if verb == method and of_object == names_object and (not needed or needed in asked):
            copies = "x-amz-copy-source" in {key.lower() for key in headers}
            return {"PutObject": "CopyObject", "UploadPart": "UploadPartCopy"}.get(name, name) if copies else name
    return f"{method} {'object' if names_object else 'bucket'}"
