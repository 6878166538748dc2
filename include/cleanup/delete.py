"""Deletes what was found; what is gone already counts as deleted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from include.cleanup.orphan import (
    BATCH_JOB,
    CONNECTOR,
    ENDPOINT,
    ENDPOINT_CONFIG,
    GROUP,
    INDEX,
    MODEL,
    PIPELINES,
    SAGEMAKER_MODEL,
    TRAINING_JOB,
    UPLOAD,
    Orphan,
    in_order,
)

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sagemaker import SageMakerClient

    from include.cleanup.cluster import Cluster

log = logging.getLogger(__name__)

GONE_CODES = ("ResourceNotFoundException", "ResourceNotFound", "ConflictException", "NoSuchUpload")
# SageMaker says almost everything with ValidationException; these are the messages of what is not there or has ended.
GONE_MESSAGES = ("could not find", "not found", "does not exist", "in status")


@dataclass(frozen=True)
class Clients:
    """Of the services that hold what is deleted."""

    s3: S3Client
    sagemaker: SageMakerClient
    bedrock: BedrockClient
    cluster: Cluster
    bucket: str


def delete_orphans(clients: Clients, orphans: list[Orphan]) -> dict[Orphan, str]:
    """Delete each; returns why not for those that could not be deleted.

    Of a run whose endpoint could not be deleted the configuration and the model stay: the endpoint needs them.
    """
    failed: dict[Orphan, str] = {}
    for orphan in in_order(orphans):
        serving = orphan.kind in (ENDPOINT_CONFIG, SAGEMAKER_MODEL)
        if serving and any(other.kind == ENDPOINT and other.run == orphan.run for other in failed):
            failed[orphan] = "its endpoint is still there"
            continue
        reason = _delete(clients, orphan)
        if reason:
            failed[orphan] = reason
        log.info("%s %s: %s", orphan.kind, orphan.name, f"NOT deleted: {reason}" if reason else "deleted")
    return failed


def _delete(clients: Clients, orphan: Orphan) -> str:
    """Why it could not be deleted; empty if it was, or was gone."""
    from botocore.exceptions import BotoCoreError, ClientError
    from opensearchpy.exceptions import OpenSearchException

    try:
        _call(clients, orphan)
    except ClientError as error:
        return "" if _is_gone(error) else f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
    except (BotoCoreError, OpenSearchException) as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _call(clients: Clients, orphan: Orphan) -> None:
    sagemaker, cluster = clients.sagemaker, clients.cluster
    if orphan.kind == UPLOAD:
        clients.s3.abort_multipart_upload(Bucket=clients.bucket, Key=orphan.name, UploadId=orphan.id)
        return
    {
        TRAINING_JOB: lambda name: sagemaker.stop_training_job(TrainingJobName=name),
        BATCH_JOB: lambda arn: clients.bedrock.stop_model_invocation_job(jobIdentifier=arn),
        ENDPOINT: lambda name: sagemaker.delete_endpoint(EndpointName=name),
        ENDPOINT_CONFIG: lambda name: sagemaker.delete_endpoint_config(EndpointConfigName=name),
        SAGEMAKER_MODEL: lambda name: sagemaker.delete_model(ModelName=name),
        PIPELINES: cluster.remove_pipelines,
        MODEL: cluster.remove_model,
        CONNECTOR: cluster.remove_connector,
        GROUP: cluster.remove_model_group,
        INDEX: cluster.remove_index,
    }[orphan.kind](orphan.id)


def _is_gone(error: ClientError) -> bool:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"].lower()
    return code in GONE_CODES or (code == "ValidationException" and any(part in message for part in GONE_MESSAGES))
