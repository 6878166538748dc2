"""Every parameter of a rollback."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from include.settings import PhaseSettings


class RollbackOptions(PhaseSettings):
    """Which model goes back by one, and where it is."""

    section: ClassVar[str] = "1 Rollback"

    model_name: str = Field(
        "search-model",
        pattern=r"^[a-z0-9](-?[a-z0-9])*$",
        max_length=32,
        description="Name of the tuned model, as its runs were given it.",
    )
    remove: bool = Field(
        False,
        description="Delete what is gone back from: endpoint, connectors, models and pipelines. False: its model is "
        "undeployed and its endpoint runs on, and is paid. Its artifact stays in any case.",
    )
    bucket: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        examples=["my-bucket"],
        description="S3 bucket of the runs: its name, without s3://.",
    )
    prefix: str = Field(
        "search-models",
        pattern=r"^[A-Za-z0-9_!.*'()-]+(/[A-Za-z0-9_!.*'()-]+)*$",
        examples=["search-models"],
        description="Key prefix of the runs in the bucket.",
    )
    opensearch_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/@]+/?$",
        examples=["https://host:port"],
        description="URL of the OpenSearch cluster. Empty: the host of opensearch_conn_id.",
    )
    opensearch_conn_id: str = Field(
        "opensearch_default", min_length=1, description="Airflow connection with the credentials of the cluster."
    )
    aws_conn_id: str = Field("aws_default", min_length=1, description="Airflow connection for AWS.")
    region: str | None = Field(
        None,
        pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$",
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
