"""S3 as the stand-in's own jobs use it: through its own endpoint, as the services would."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, NamedTuple

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

_URI = re.compile(r"s3://(?P<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(?P<key>.*))?", re.DOTALL)


_ONE_BY_ONE = TransferConfig(use_threads=False)
"""Parts one after the other: this process is both ends, and ten at a time would only hold ten parts in memory."""


class StorageError(Exception):
    """S3 refused: the message says which object and why."""


class Location(NamedTuple):
    """A place in S3: a bucket, and a key or the beginning of keys."""

    bucket: str
    key: str

    @property
    def uri(self) -> str:
        """As s3://bucket/key."""
        return f"s3://{self.bucket}/{self.key}"

    def below(self, *names: str) -> Location:
        """The place of these names below this one."""
        return Location(self.bucket, "/".join([self.key.rstrip("/"), *names]).lstrip("/"))


def parse_uri(uri: str) -> Location | None:
    """The place that an s3:// URI names; None if it names none."""
    found = _URI.fullmatch(uri)
    return Location(found["bucket"], found["key"] or "") if found else None


def exists(s3: S3Client, location: Location) -> bool:
    """Whether there is an object of exactly this key."""
    try:
        s3.head_object(Bucket=location.bucket, Key=location.key)
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return False
        raise
    return True


def keys_below(s3: S3Client, location: Location) -> list[str]:
    """The keys that begin with the location's, without the empty objects that stand for folders.

    Raises:
        StorageError: the bucket does not exist.
    """
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=location.bucket, Prefix=location.key)
    with _storage_errors(location):
        return [item["Key"] for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")]


def download(s3: S3Client, location: Location, path: Path) -> Path:
    """Copies one object to a file, and gives the file.

    Raises:
        StorageError: it is not there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _storage_errors(location):
        s3.download_file(location.bucket, location.key, str(path), Config=_ONE_BY_ONE)
    return path


def upload(s3: S3Client, path: Path, location: Location) -> None:
    """Copies one file to an object.

    Raises:
        StorageError: the bucket does not exist.
    """
    with _storage_errors(location):
        s3.upload_file(str(path), location.bucket, location.key, Config=_ONE_BY_ONE)


@contextlib.contextmanager
def _storage_errors(location: Location) -> Iterator[None]:
    try:
        yield
    except (ClientError, S3UploadFailedError) as error:
        raise StorageError(f"{location.uri}: {error}") from error
