"""What a training job is made of: a digest of the objects that its channels read."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from include.layout import split_uri

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mypy_boto3_s3 import S3Client

DIGEST = "INPUTS_SHA256"
"""Environment variable of the job that keeps it: AWS tells a job's environment, and not its tags, with its state."""


def inputs_digest(s3: S3Client, request: Mapping[str, Any]) -> str:
    """SHA-256 over channel, key and ETag of every object that the training job of this request reads."""
    digest = hashlib.sha256()
    for channel in request.get("InputDataConfig", ()):
        uri = channel["DataSource"]["S3DataSource"]["S3Uri"]
        for key, etag in _objects(s3, uri):
            digest.update(f"{channel['ChannelName']}\t{key}\t{etag}\n".encode())
    return digest.hexdigest()


def _objects(s3: S3Client, uri: str) -> Iterator[tuple[str, str]]:
    bucket, prefix = split_uri(uri)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        yield from ((entry["Key"], entry["ETag"]) for entry in page.get("Contents", ()))
