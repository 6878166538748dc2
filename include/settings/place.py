"""Where the runs of a team are, for the DAGs that look after them."""

from __future__ import annotations

from pydantic import Field

from include.settings.base import BucketName, ClusterUrl, KeyPrefix, PhaseSettings, Region


class PlaceSettings(PhaseSettings):
    """Bucket, cluster and connections, as the runs were given them."""

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

    def missing(self) -> list[str]:
        """One sentence for each parameter that has to be given and is not."""
        return [] if self.bucket else ["bucket is empty. Give the S3 bucket of the runs."]
