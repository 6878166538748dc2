"""Lines and JSON on S3, streamed; what is not there is a clear error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.layout import split_uri

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_s3 import S3Client

MISSING = ("NoSuchKey", "NoSuchBucket", "404")
DENIED = ("AccessDenied", "403")


def read_lines(s3: S3Client, uri: str) -> Iterator[str]:
    """The lines of an object, unpacked if it is `.gz`, without holding it in memory."""
    import smart_open

    with smart_open.open(uri, "r", encoding="utf-8", transport_params={"client": s3}) as lines:
        yield from lines


def write_lines(s3: S3Client, uri: str, lines: Iterable[str]) -> int:
    """Write the lines as one object, part by part; returns how many. An error leaves no object behind."""
    import smart_open

    written = 0
    with smart_open.open(uri, "w", encoding="utf-8", transport_params={"client": s3}) as target:
        for line in lines:
            target.write(line)
            written += 1
    return written


def read_json(s3: S3Client, uri: str) -> Any:
    """The JSON value of an object."""
    bucket, key = split_uri(uri)
    return json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read())


def write_json(s3: S3Client, uri: str, value: Any) -> str:
    """Write the value as one object; returns its URI."""
    return write_bytes(
        s3, uri, (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode(), "application/json; charset=utf-8"
    )


def write_bytes(s3: S3Client, uri: str, body: bytes, content_type: str) -> str:
    """Write the bytes as one object; returns its URI."""
    bucket, key = split_uri(uri)
    s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)
    return uri


def list_uris(s3: S3Client, uri: str, endings: tuple[str, ...] = ("",)) -> list[str]:
    """URIs of the objects at or below a URI whose names end so, sorted.

    Raises:
        TerminalError: the bucket is not there, or reading it is not allowed.
    """
    from botocore.exceptions import ClientError

    bucket, key = split_uri(uri)
    try:
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    except ClientError as error:
        raise _explained(error, uri) from error
    below = key if not key or key.endswith("/") else f"{key}/"
    return sorted(f"s3://{bucket}/{k}" for k in keys if (k == key or k.startswith(below)) and k.endswith(endings))


def check_bucket(s3: S3Client, bucket: str) -> None:
    """Nothing, if the bucket can be used.

    Raises:
        TerminalError: it is not there, or not allowed.
    """
    from botocore.exceptions import ClientError

    try:
        s3.head_bucket(Bucket=bucket)
    except ClientError as error:
        raise _explained(error, f"s3://{bucket}") from error


def _explained(error: Any, uri: str) -> Exception:
    code = error.response["Error"]["Code"]
    if code in MISSING:
        return TerminalError(f"{uri} is not there: the bucket does not exist. Check its name, or create it.")
    if code in DENIED:
        return TerminalError(
            f"{uri} may not be read with the credentials of aws_conn_id ({code}). Allow s3:ListBucket, s3:GetObject "
            "and s3:PutObject on it, or give another connection."
        )
    return TerminalError(f"{uri} cannot be read: {error}")
