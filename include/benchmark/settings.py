"""Every parameter of the benchmark; form, validation and documentation come from here."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from include.settings import BucketName, Clients, ClusterUrl, Hits, IndexName, KeyPrefix, PhaseSettings, Region, S3Uri

Path = Literal["search", "predict"]
Length = Literal["short", "long", "mixed"]


class ClusterSettings(PhaseSettings):
    """What is highlighted, and by which model."""

    section: ClassVar[str] = "1 OpenSearch"

    opensearch_endpoint: ClusterUrl | None = Field(
        None,
        examples=["https://host:port"],
        description="URL of the OpenSearch cluster, without user and password, which stand in opensearch_conn_id. "
        "Empty: the host of that connection.",
    )
    opensearch_conn_id: str = Field(
        "opensearch_default", min_length=1, description="Airflow connection with the credentials of the cluster."
    )
    index_name: IndexName | None = Field(
        None, examples=["articles"], description="Index (or alias) that is searched; it is only read."
    )
    text_field: str = Field("text", min_length=1, description="Field that is searched and highlighted.")
    model_id: str | None = Field(
        None,
        min_length=1,
        pattern=r"^[A-Za-z0-9_-]+$",
        examples=["MWs1_aEBuPbV_7lL79oe"],
        description="Id of the deployed highlighting model in ML Commons.",
    )


class LoadSettings(PhaseSettings):
    """What is measured. Each combination of path, length, hits and clients is one cell."""

    section: ClassVar[str] = "2 Load"

    paths: tuple[Path, ...] = Field(
        ("search", "predict"),
        min_length=1,
        examples=["search", "predict"],
        description="`search`: the server highlights the hits of `_search`; `predict`: the client sends the texts "
        "to `_predict`.",
    )
    hits: tuple[Hits, ...] = Field(
        (1, 10, 50, 100, 200), min_length=1, description="Documents a page, one cell each; at most 1,000."
    )
    clients: tuple[Clients, ...] = Field(
        (1, 4, 8), min_length=1, description="Clients at the same time, one cell each; at most 64."
    )
    document_lengths: tuple[Length, ...] = Field(
        ("short", "long", "mixed"),
        min_length=1,
        examples=["short", "long", "mixed"],
        description="`short` and `long` are the lower and upper third of the index's documents by words; "
        "`mixed` is all of them.",
    )
    measured_queries: int = Field(
        200, ge=1, le=10_000, description="Measured queries of each mode in a cell, unless its time runs out."
    )
    warmup_queries: int = Field(10, ge=1, le=1_000, description="Queries of each mode before a cell, not measured.")
    cell_seconds: int = Field(
        600, ge=1, le=86_400, description="A cell begins no further round after this time; its n says how far it came."
    )
    request_seconds: int = Field(120, ge=1, le=3_600, description="A request that takes longer counts as an error.")
    batch_size: int = Field(
        100, ge=1, le=1_000, description="Most documents that one call of the model gets in batch mode."
    )
    queries_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/queries.jsonl"],
        description='JSONL of `{"text": …}` with the queries to ask. Empty: they are taken from documents.',
    )
    sampled_documents: int = Field(
        2_000, ge=10, le=10_000, description="Documents whose words are counted, and that queries are taken from."
    )
    seed: int = Field(42, ge=0, le=2**31 - 1, description="Of the sample, the queries and the order of the modes.")


class PlaceSettings(PhaseSettings):
    """Where the result goes, and the endpoint whose memory is read."""

    section: ClassVar[str] = "3 Run"

    endpoint_name: str | None = Field(
        None,
        pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$",
        examples=["search-model-20261121-105000-4c975a"],
        description="SageMaker endpoint behind the model: its memory is read from CloudWatch. Empty: it is not.",
    )
    bucket: BucketName | None = Field(
        None,
        examples=["my-bucket"],
        description="S3 bucket for the result: its name, without s3://.",
    )
    prefix: KeyPrefix = Field(
        "highlighting-benchmarks",
        examples=["highlighting-benchmarks"],
        description="Key prefix in the bucket, without slashes around it; a run writes under `{prefix}/{run}/`.",
    )
    aws_conn_id: str = Field("aws_default", min_length=1, description="Airflow connection for AWS.")
    region: Region | None = Field(
        None,
        examples=["eu-central-1"],
        description="AWS region. Empty: the connection's.",
    )


class BenchmarkSettings(BaseModel):
    """The settings of one benchmark."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())

    cluster: ClusterSettings
    load: LoadSettings
    place: PlaceSettings


def missing(settings: BenchmarkSettings) -> list[str]:
    """One sentence for each parameter that has to be given and is not."""
    wanted = {
        "index_name": (settings.cluster.index_name, "the index whose documents are highlighted"),
        "model_id": (settings.cluster.model_id, "the id of the deployed highlighting model"),
        "bucket": (settings.place.bucket, "the S3 bucket that the result is written to"),
    }
    return [f"{name} is empty. Give {what}." for name, (value, what) in wanted.items() if not value]
