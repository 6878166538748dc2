"""What the operations share: where state is kept, how other services are reached, what runs."""

from __future__ import annotations

import functools
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.aws import ACCOUNT
from local.aws.actions.recorder import Recorder
from local.aws.bedrock.formats import estimate_tokens
from local.aws.log_stream import LogStream
from local.aws.settings import Settings
from local.aws.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mypy_boto3_s3 import S3Client

    from local.aws.bedrock.job import BatchJob
    from local.aws.sagemaker.hosting import Host
    from local.aws.sagemaker.training_run import TrainingRun

log = logging.getLogger(__name__)

TABLES = ("batch_jobs", "metered_batches", "training_jobs", "models", "endpoint_configs", "endpoints", "tags")


@dataclass
class StandIn:
    """The state of one stand-in.

    Args:
        data: the folder that holds all of it.
        url: its own address, through which its jobs use S3 and CloudWatch Logs.
        container_python: the interpreter that stands for the containers: it has their packages.
        write_answer: stands for Bedrock's models: a prompt's text to the answer's text.
        count_tokens: of a text that those models read or write, by which they are billed.
    """

    data: Path
    url: str
    container_python: Path
    write_answer: Callable[[str], str]
    count_tokens: Callable[[str], int] = estimate_tokens
    settings: Settings = field(default_factory=Settings)
    recorder: Recorder = field(default_factory=Recorder)
    batch_jobs: Table = field(init=False)
    metered_batches: Table = field(init=False)
    training_jobs: Table = field(init=False)
    models: Table = field(init=False)
    endpoint_configs: Table = field(init=False)
    endpoints: Table = field(init=False)
    tags: Table = field(init=False)
    running_batches: dict[tuple[str, str], BatchJob] = field(default_factory=dict)
    running_trainings: dict[tuple[str, str], TrainingRun] = field(default_factory=dict)
    hosts: dict[tuple[str, str], Host] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in TABLES:
            setattr(self, name, Table(self.data / "state" / name))

    def s3(self, region: str, role: str) -> S3Client:
        """A client of this stand-in's own S3, in the place of a role: one of `roles.py`."""
        return _client("s3", region, self.url, role)

    def log_stream(self, region: str, role: str, group: str, stream: str) -> LogStream:
        """A stream of this stand-in's own CloudWatch Logs, written in the place of a role."""
        return LogStream(_client("logs", region, self.url, role), group, stream)


@dataclass(frozen=True)
class Call:
    """One request to an operation of ours: its checked parameters, and where it is asked."""

    parameters: dict[str, Any]
    region: str
    stand_in: StandIn

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a resource in the call's region and account."""
        return f"arn:aws:{service}:{self.region}:{ACCOUNT}:{resource}"


@functools.cache
def _client(service: str, region: str, url: str, role: str) -> Any:
    config = Config(
        retries={"total_max_attempts": 2},
        request_checksum_calculation="when_required",
        max_pool_connections=32,
        proxies={},
    )
    return boto3.session.Session().client(
        service,
        region_name=region,
        endpoint_url=url,
        aws_access_key_id=role,
        aws_secret_access_key="stand-in",  # noqa: S106 - it opens nothing
        config=config,
    )
