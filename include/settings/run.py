"""The benchmark of a highlighter, and where the run works."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from include.settings.base import BucketName, Clients, Hits, KeyPrefix, LogGroup, PhaseSettings, Region, TopicArn


class FinetuneBenchmarkSettings(PhaseSettings):
    """How single and batch highlighting are compared once a highlighter is deployed."""

    section: ClassVar[str] = "8 Benchmark"

    benchmark_queries: int = Field(
        50, ge=0, le=10_000, description="Measured queries a cell (highlighter). 0: no benchmark."
    )
    benchmark_hits: tuple[Hits, ...] = Field(
        (10, 50), min_length=1, description="Documents a page, one cell each (highlighter)."
    )
    benchmark_clients: tuple[Clients, ...] = Field(
        (1, 4), min_length=1, description="Clients at the same time, one cell each (highlighter)."
    )


class RunSettings(PhaseSettings):
    """Where the run works and how it waits."""

    section: ClassVar[str] = "9 Run"

    bucket: BucketName | None = Field(
        None,
        examples=["my-bucket"],
        description="S3 bucket of everything that the run writes: its name, without s3://.",
    )
    prefix: KeyPrefix = Field(
        "search-models",
        examples=["search-models"],
        description="Key prefix in the bucket, without slashes around it; a run writes under "
        "`{prefix}/{model_name}/{run}/`.",
    )
    aws_conn_id: str = Field("aws_default", min_length=1, description="Airflow connection for AWS.")
    region: Region | None = Field(
        None,
        examples=["eu-central-1"],
        description="AWS region. Empty: the connection's.",
    )
    deferrable: bool = Field(
        True, description="Wait for jobs in the triggerer, without holding a worker slot. Needs a running triggerer."
    )
    poll_seconds: int = Field(30, ge=1, le=600, description="Time between two looks at a job.")
    reuse: Literal["always", "matching", "never"] = Field(
        "matching",
        description="What an earlier run of this model made of the same inputs with the same settings is copied "
        "instead of being made and paid again: `matching` if the code was the same too, `always` whatever the code; "
        "`never`: everything is made anew.",
    )
    max_cost_usd: float | None = Field(
        None,
        gt=0,
        examples=[25],
        description="The run ends before anything is spent if its batch jobs and its training are expected to cost more"
        " than this, in USD, by the price table (docs/cost.md); the endpoint, which is paid by the hour, is not in it. "
        "Empty: no limit.",
    )
    metrics_log_group: LogGroup | None = Field(
        None,
        examples=["/opensearch-ml-finetuning/metrics"],
        description="Log group of CloudWatch Logs, which must be there, for what the run measured; CloudWatch makes "
        "metrics of it. Empty: it stands in the task's log and in Airflow's own metrics only.",
    )
    notify_sns_topic_arn: TopicArn | None = Field(
        None,
        examples=["arn:aws:sns:eu-central-1:123456789012:search-models"],
        description="SNS topic that is told when a run fails: what failed, why, and what to do.",
    )
