"""`promotions.json` on S3, written so that two runs do not overwrite each other's entries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from include.errors import RetryableError
from include.layout import split_uri
from include.storage import parse_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.promotion.record import Entry

TRIES = 5
LOST = (409, 412)
KEYS = ("kind", "run", "model_id", "dag_run_id")


def read_promotions(s3: S3Client, uri: str) -> list[Entry]:
    """The entries, newest last; none if nothing was promoted yet."""
    return _read(s3, uri)[0]


def append_entry(s3: S3Client, uri: str, entry: Entry) -> int:
    """Add the entry, unless the newest one says the same; returns how many there are.

    Raises:
        RetryableError: others wrote at the same time, again and again.
    """
    from botocore.exceptions import ClientError

    bucket, key = split_uri(uri)
    for _ in range(TRIES):
        entries, condition = _read(s3, uri)
        if entries and all(entries[-1].get(name) == entry.get(name) for name in KEYS):
            return len(entries)
        body = json.dumps([*entries, entry], indent=2, ensure_ascii=False).encode()
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=body, ContentType="application/json", **condition)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] not in LOST:
                raise
        else:
            return len(entries) + 1
    raise RetryableError(f"{uri} was written by others {TRIES} times in between.")


def _read(s3: S3Client, uri: str) -> tuple[list[Entry], dict[str, Any]]:
    """The entries, and the condition under which they may be replaced."""
    bucket, key = split_uri(uri)
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except s3.exceptions.NoSuchKey:
        return [], {"IfNoneMatch": "*"}
    return parse_json(found["Body"].read(), uri), {"IfMatch": found["ETag"]}
