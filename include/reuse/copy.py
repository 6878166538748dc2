"""Copies on S3, made by S3 itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.layout import split_uri
from include.reuse.content import etag_of
from include.reuse.registry import Output
from include.storage import clearing_uploads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_s3 import S3Client


def copy_outputs(s3: S3Client, outputs: Mapping[str, Output], folder: str) -> dict[str, Output]:
    """Copy each output to its path below the folder, above 5 GB in parts; returns the copies."""
    return {path: copy_object(s3, found.uri, f"{folder}{path}") for path, found in outputs.items()}


def copy_object(s3: S3Client, source: str, target: str) -> Output:
    """Copy one object, unless it is there already because source and target are one; returns the copy."""
    if source != target:
        (from_bucket, from_key), (bucket, key) = split_uri(source), split_uri(target)
        with clearing_uploads(s3, target):
            # Tags are of the run that is copied from; to bring them along takes rights of its own.
            s3.copy({"Bucket": from_bucket, "Key": from_key}, bucket, key, ExtraArgs={"TaggingDirective": "REPLACE"})
    return Output(target, etag_of(s3, target) or "")
