"""S3: what a request needs, by its method, path and query."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import unescape

from local.aws.actions.need import Need

if TYPE_CHECKING:
    from collections.abc import Mapping

_KEY = re.compile(r"<Key>([^<]*)</Key>")
_BUCKET_READS = {
    "location": "s3:GetBucketLocation",
    "versioning": "s3:GetBucketVersioning",
    "encryption": "s3:GetEncryptionConfiguration",
    "policy": "s3:GetBucketPolicy",
    "uploads": "s3:ListBucketMultipartUploads",
    "versions": "s3:ListBucketVersions",
}
_OBJECT = {
    "GET": "s3:GetObject",
    "HEAD": "s3:GetObject",
    "PUT": "s3:PutObject",
    "POST": "s3:PutObject",
    "DELETE": "s3:DeleteObject",
}
_SUBRESOURCES = ("acl", "tagging", "attributes", "retention", "legal-hold", "torrent", "restore", "select")


def needs(environ: Mapping[str, Any], body: bytes) -> list[Need]:
    """What the request needs.

    Args:
        environ: WSGI's, of a request with the bucket in its path.
        body: of a request that deletes several objects; of any other, nothing.
    """
    path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")
    bucket, _, key = path.lstrip("/").partition("/")
    query = dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True))
    if not bucket:
        return [Need("s3:ListAllMyBuckets", "*")]
    if not key:
        return _of_bucket(environ["REQUEST_METHOD"], bucket, query, body)
    return _of_object(environ, object_arn(f"{bucket}/{key}"), query)


def object_arn(name: str) -> str:
    """ARN of `bucket/key`, or of a bucket."""
    return f"arn:aws:s3:::{name}"


def _of_bucket(method: str, bucket: str, query: dict[str, str], body: bytes) -> list[Need]:
    arn = object_arn(bucket)
    if method == "POST" and "delete" in query:
        keys = _KEY.findall(body.decode(errors="replace"))
        return [Need("s3:DeleteObject", f"{arn}/{unescape(key)}") for key in keys]
    if method in ("GET", "HEAD"):
        for name, action in _BUCKET_READS.items():
            if name in query:
                return [Need(action, arn)]
        context = (("s3:prefix", query["prefix"]),) if "prefix" in query else ()
        return [Need("s3:ListBucket", arn, context)]
    if not query:
        return [Need({"PUT": "s3:CreateBucket", "DELETE": "s3:DeleteBucket"}.get(method, _unknown(method, "")), arn)]
    return [Need(_unknown(method, next(iter(query))), arn)]


def _of_object(environ: Mapping[str, Any], arn: str, query: dict[str, str]) -> list[Need]:
    method = environ["REQUEST_METHOD"]
    for name in _SUBRESOURCES:
        if name in query:
            return [Need(_of_subresource(method, name), arn)]
    if "uploadId" in query and method in ("GET", "DELETE"):
        return [Need("s3:ListMultipartUploadParts" if method == "GET" else "s3:AbortMultipartUpload", arn)]
    found = [Need(_OBJECT.get(method, _unknown(method, "")), arn)]
    if "HTTP_X_AMZ_TAGGING" in environ:
        found.append(Need("s3:PutObjectTagging", arn))
    if source := environ.get("HTTP_X_AMZ_COPY_SOURCE"):
        found.append(Need("s3:GetObject", object_arn(unquote(source.partition("?")[0]).lstrip("/"))))
    return found


def _of_subresource(method: str, name: str) -> str:
    reads = {"acl": "s3:GetObjectAcl", "tagging": "s3:GetObjectTagging", "attributes": "s3:GetObjectAttributes"}
    if method == "GET" and name in reads:
        return reads[name]
    return "s3:PutObjectTagging" if (method, name) == ("PUT", "tagging") else _unknown(method, name)


def _unknown(method: str, name: str) -> str:
    """What no policy allows, so that whoever compares the uses with policies sees that this module lacks it."""
    return f"s3:(unknown to the stand-in: {method} ?{name})"
