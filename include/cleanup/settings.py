"""Every parameter of a cleanup."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from include.settings import BucketName, ClusterUrl, KeyPrefix, PhaseSettings, Region


class CleanupOptions(PhaseSettings):
    """Where runs left things, which of them stay, and whether the others are deleted."""

    section: ClassVar[str] = "1 Cleanup"

    delete: bool = Field(False, description="Delete what is found. False: it is only listed.")
    older_than_hours: float = Field(
        24, ge=0, le=8_760, description="What belongs to a run that began within so many hours stays."
    )
    keep: int | None = Field(
        None,
        ge=0,
        le=1_000,
        description="So many deployments before the current one stay of each model, for a rollback. Empty: all.",
    )
    bucket: BucketName | None = Field(
        None,
        examples=["my-bucket"],
        description="S3 bucket of the runs: its name, without s3://.",
    )
    prefix: KeyPrefix = Field(
        "search-models",
        examples=["search-models"],
        description="Key prefix of the runs in the bucket. Only what runs below it made is looked at.",
    )
    opensearch_endpoint: ClusterUrl | None = Field(
        None,
        examples=["https://host:port"],
        description="URL of the OpenSearch cluster. Empty: the host of opensearch_conn_id.",
    )
    opensearch_conn_id: str = Field(
        "opensearch_default", min_length=1, description="Airflow connection with the credentials of the cluster."
    )
    aws_conn_id: str = Field("aws_default", min_length=1, description="Airflow connection for AWS.")
    region: Region | None = Field(
        None,
        examples=["eu-central-1"],
        description="AWS region. Empty: the connection's.",
    )


class CleanupSettings(BaseModel):
    """The settings of one cleanup."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    cleanup: CleanupOptions


def missing(settings: CleanupSettings) -> list[str]:
    """One sentence for each parameter that has to be given and is not."""
    return [] if settings.cleanup.bucket else ["bucket is empty. Give the S3 bucket of the runs."]
