"""Every parameter of a rollback."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from include.settings import BucketName, ClusterUrl, KeyPrefix, ModelName, PhaseSettings, Region


class RollbackOptions(PhaseSettings):
    """Which model goes back by one, and where it is."""

    section: ClassVar[str] = "1 Rollback"

    model_name: ModelName = Field(
        "search-model",
        description="Name of the tuned model, as its runs were given it.",
    )
    remove: bool = Field(
        False,
        description="Delete what is gone back from: endpoint, connectors, models and pipelines. False: its model is "
        "undeployed and its endpoint runs on, and is paid. Its artifact stays in any case.",
    )
    bucket: BucketName | None = Field(
        None,
        examples=["my-bucket"],
        description="S3 bucket of the runs: its name, without s3://.",
    )
    prefix: KeyPrefix = Field(
        "search-models",
        examples=["search-models"],
        description="Key prefix of the runs in the bucket.",
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


class RollbackSettings(BaseModel):
    """The settings of one rollback."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    rollback: RollbackOptions


def missing(settings: RollbackSettings) -> list[str]:
    """One sentence for each parameter that has to be given and is not."""
    return [] if settings.rollback.bucket else ["bucket is empty. Give the S3 bucket of the runs."]
