"""The bucket of inputs and runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from include.requests.tags import INTERMEDIATE_TAG

if TYPE_CHECKING:
    from infra.settings import StackSettings

UPLOAD_DAYS = 7
"""A Bedrock or SageMaker job may take 7 days; no single upload of it does."""


def make_bucket(stack: cdk.Stack, settings: StackSettings) -> s3.Bucket:
    """The bucket, kept when the stack is destroyed: it holds the models that endpoints serve."""
    key = kms.Key.from_key_arn(stack, "Key", settings.kms_key_arn) if settings.kms_key_arn else None
    access_logs = settings.access_log_bucket
    return s3.Bucket(
        stack,
        "Bucket",
        bucket_name=settings.bucket,
        versioned=True,
        encryption=s3.BucketEncryption.KMS if key else s3.BucketEncryption.S3_MANAGED,
        encryption_key=key,
        bucket_key_enabled=True if key else None,
        enforce_ssl=True,
        minimum_tls_version=1.2,
        block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
        object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        server_access_logs_bucket=s3.Bucket.from_bucket_name(stack, "AccessLogs", access_logs) if access_logs else None,
        lifecycle_rules=_rules(settings),
        removal_policy=cdk.RemovalPolicy.RETAIN,
    )


def _rules(settings: StackSettings) -> list[s3.LifecycleRule]:
    """Decision 017 says why texts are told by a tag: no prefix names them, and nothing else may expire."""
    rules = [
        s3.LifecycleRule(
            id="abort-unfinished-uploads", abort_incomplete_multipart_upload_after=cdk.Duration.days(UPLOAD_DAYS)
        ),
        s3.LifecycleRule(
            id="remove-old-versions", noncurrent_version_expiration=cdk.Duration.days(settings.noncurrent_days)
        ),
        s3.LifecycleRule(id="remove-markers-of-removed-objects", expired_object_delete_marker=True),
    ]
    if settings.intermediate_days:
        texts = s3.LifecycleRule(
            id="expire-intermediate-text",
            expiration=cdk.Duration.days(settings.intermediate_days),
            tag_filters=dict([INTERMEDIATE_TAG]),
        )
        rules.append(texts)
    return rules
