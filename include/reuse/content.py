"""Hashes of what lies on S3."""

from __future__ import annotations

import gzip
import hashlib
from typing import TYPE_CHECKING

from include.layout import split_uri
from include.storage import list_uris

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mypy_boto3_s3 import S3Client

CHUNK = 1 << 20
MISSING = ("404", "NoSuchKey", "NotFound")


def sha256_of(s3: S3Client, uri: str) -> str:
    """SHA-256 of an object's content, read in pieces. An ETag would do only where nothing is encrypted with KMS."""
    bucket, key = split_uri(uri)
    found = hashlib.sha256()
    for chunk in s3.get_object(Bucket=bucket, Key=key)["Body"].iter_chunks(CHUNK):
        found.update(chunk)
    return found.hexdigest()


def unpacked_sha256(s3: S3Client, uri: str) -> str:
    """SHA-256 of what a small gzip object holds: another zlib packs the same content into other bytes."""
    bucket, key = split_uri(uri)
    return hashlib.sha256(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())).hexdigest()


def contents_below(s3: S3Client, uri: str) -> dict[str, str]:
    """SHA-256 of each object at or below a URI, by its path there; manifests, which tell times, are left out."""
    uris = (found for found in list_uris(s3, uri) if not found.endswith("/manifest.json"))
    return {_path(found, uri): sha256_of(s3, found) for found in uris}


def etags_below(s3: S3Client, uri: str) -> dict[str, str]:
    """ETag of each object at or below a URI, by its path there: for large inputs that stay where they are."""
    bucket, key = split_uri(uri)
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=key)
    there = {entry["Key"]: entry["ETag"].strip('"') for page in pages for entry in page.get("Contents", [])}
    uris = list_uris(s3, uri)
    return {_path(found, uri): there[split_uri(found)[1]] for found in uris if split_uri(found)[1] in there}


def etag_of(s3: S3Client, uri: str) -> str | None:
    """ETag of an object; None if it is not there."""
    from botocore.exceptions import ClientError

    bucket, key = split_uri(uri)
    try:
        return s3.head_object(Bucket=bucket, Key=key)["ETag"].strip('"')
    except ClientError as error:
        if error.response["Error"]["Code"] in MISSING:
            return None
        raise


def hashing(lines: Iterable[str], found: hashlib._Hash) -> Iterator[str]:
    """The lines as they are; their UTF-8 goes into the hash on the way."""
    for line in lines:
        found.update(line.encode())
        yield line


def _path(uri: str, below: str) -> str:
    """The object's own name, if it is the URI itself."""
    return uri.removeprefix(below).lstrip("/") or uri.rpartition("/")[2]
