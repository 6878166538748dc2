"""Lines and JSON on S3, streamed; what is not there is a clear error."""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from codecs import BOM_UTF8
from contextlib import contextmanager
from functools import partial
from io import BufferedReader
from typing import TYPE_CHECKING, Any

from include.errors import TerminalError
from include.layout import split_uri
from include.retryable import is_retryable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from botocore.exceptions import ClientError
    from mypy_boto3_s3 import S3Client

# A line is held in memory; packed, one of zeros could be a thousand times as long as its object.
MAX_LINE_BYTES = 64 * 1024 * 1024
BUFFER_BYTES = 128 * 1024
log = logging.getLogger(__name__)
MISSING = {"NoSuchKey": "there is no such object", "NoSuchBucket": "the bucket does not exist"}
MISSING["404"] = MISSING["NoSuchBucket"]
DENIED = ("AccessDenied", "403")


def read_lines(s3: S3Client, uri: str) -> Iterator[str]:
    """The lines of an object with their ends, unpacked if it is `.gz`, without holding it in memory.

    Raises:
        TerminalError: it is not there, may not be read, or is not what its name says; or a line is not UTF-8.
    """
    for number, line in enumerate(read_raw_lines(s3, uri), start=1):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            raise TerminalError(
                f"{uri}, line {number}, is not UTF-8 (byte {error.start} of the line). Save the file as UTF-8."
            ) from error


def read_raw_lines(s3: S3Client, uri: str) -> Iterator[bytes]:
    """As `read_lines`, but not decoded; only the mark that some editors put before the first line is left out.

    Raises:
        TerminalError: as `read_lines`, or a line is longer than anything that is a record.
    """
    import smart_open

    try:
        with (
            _explaining(uri),
            smart_open.open(uri, "rb", transport_params={"client": s3}) as unbuffered,
            # The reader of smart_open 7, which Airflow 3.0 has, knows no limit of a line.
            BufferedReader(unbuffered, BUFFER_BYTES) as lines,
        ):
            for number, line in enumerate(iter(partial(lines.readline, MAX_LINE_BYTES), b"")):
                if len(line) == MAX_LINE_BYTES:
                    raise TerminalError(
                        f"{uri}, line {number + 1}, has more than {MAX_LINE_BYTES} bytes. Write one record a line."
                    )
                yield line if number else line.removeprefix(BOM_UTF8)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise TerminalError(
            f"{uri} cannot be unpacked ({error}). Pack it again with gzip, or give it a name without .gz."
        ) from error


def write_lines(s3: S3Client, uri: str, lines: Iterable[str]) -> int:
    """Write the lines as one object, part by part; returns how many. An error leaves no object behind.

    Raises:
        TerminalError: the bucket is not there, or may not be written to.
    """
    import smart_open

    written = 0
    with (
        _explaining(uri),
        clearing_uploads(s3, uri),
        smart_open.open(uri, "w", encoding="utf-8", newline="\n", transport_params={"client": s3}) as target,
    ):
        for line in lines:
            target.write(line)
            written += 1
    return written


@contextmanager
def clearing_uploads(s3: S3Client, uri: str) -> Iterator[None]:
    """After an error, abort what was begun to be uploaded there: S3 bills parts of which nobody knows, for ever.

    Whoever uploads aborts by itself, but not if the answer to the upload's beginning was lost, and with it its id.
    """
    try:
        yield
    except Exception:
        _abort_uploads(s3, uri)
        raise


def _abort_uploads(s3: S3Client, uri: str) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, key = split_uri(uri)
    try:
        begun = s3.list_multipart_uploads(Bucket=bucket, Prefix=key).get("Uploads", [])
        for upload in (upload for upload in begun if upload["Key"] == key):
            s3.abort_multipart_upload(Bucket=bucket, Key=key, UploadId=upload["UploadId"])
    except (BotoCoreError, ClientError) as error:
        log.warning(
            "Parts of an upload to %s may be left, which a lifecycle rule of the bucket removes: %s", uri, error
        )


def read_json(s3: S3Client, uri: str) -> Any:
    """The JSON value of an object.

    Raises:
        TerminalError: it is not JSON.
    """
    bucket, key = split_uri(uri)
    return parse_json(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), uri)


def parse_json(text: bytes, uri: str) -> Any:
    """The JSON value of an object's text.

    Raises:
        TerminalError: it is not JSON.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise TerminalError(
            f"{uri} is not JSON ({error}): {_kind(text)}. Delete it, and clear the task that wrote it, or restore it "
            "from the bucket's versions."
        ) from error


def _kind(text: bytes) -> str:
    """What is there instead of JSON; not quoted, since it may hold documents."""
    size = f"{len(text):,} bytes"
    return f"a page of {size}" if text.lstrip().startswith(b"<") else f"it has {size}"


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
    bucket, key = split_uri(uri)
    with _explaining(uri):
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
        keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    below = key if not key or key.endswith("/") else f"{key}/"
    return sorted(f"s3://{bucket}/{k}" for k in keys if (k == key or k.startswith(below)) and k.endswith(endings))


def check_bucket(s3: S3Client, bucket: str) -> None:
    """Nothing, if the bucket can be used.

    Raises:
        TerminalError: it is not there, or not allowed.
    """
    with _explaining(f"s3://{bucket}"):
        s3.head_bucket(Bucket=bucket)


@contextmanager
def _explaining(uri: str) -> Iterator[None]:
    """Say what is wrong with the URI, where AWS does; what may pass (throttling, 5xx) stays the error that it is."""
    from botocore.exceptions import ClientError

    try:
        yield
    except (ClientError, OSError, ValueError) as error:
        # smart_open hides AWS's answer behind an OSError or a ValueError.
        cause = error if isinstance(error, ClientError) else error.__cause__
        if not isinstance(cause, ClientError):
            raise
        raise _explained(cause, uri) from error.__cause__


def _explained(error: ClientError, uri: str) -> Exception:
    code = error.response["Error"]["Code"]
    if code in MISSING:
        return TerminalError(f"{uri} is not there: {MISSING[code]}. Check its name, or create it.")
    if code in DENIED:
        return TerminalError(
            f"{uri} may not be used with the credentials of aws_conn_id ({code}). Allow s3:ListBucket, s3:GetObject "
            "and s3:PutObject on it, or give another connection."
        )
    return error if is_retryable(error) else TerminalError(f"{uri} cannot be used: {error}")
