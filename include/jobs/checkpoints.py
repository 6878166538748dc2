"""The checkpoints of a training job, of no use once its model is there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from include.layout import split_uri

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

log = logging.getLogger(__name__)


def remove_checkpoints(s3: S3Client, uri: str) -> int:
    """Delete what lies below; returns how many objects that were. What may not be deleted stays, which is logged.

    Args:
        s3: client.
        uri: `CheckpointConfig.S3Uri` of the job.
    """
    bucket, prefix = split_uri(uri)
    removed = 0
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        keys = [entry["Key"] for entry in page.get("Contents", ())]
        if keys:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key} for key in keys]})
            refused = answer.get("Errors", [])
            removed += len(keys) - len(refused)
            if refused:
                log.warning("%d checkpoint files below %s stay: %s", len(refused), uri, refused[0].get("Message"))
    return removed
