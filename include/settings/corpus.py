"""Phase 1: where the documents are."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from include.settings.base import ClusterUrl, IndexName, PhaseSettings, S3Uri


class CorpusSettings(PhaseSettings):
    """Where the documents are and how many are taken."""

    section: ClassVar[str] = "1 Corpus"

    input_type: Literal["opensearch", "s3", "pairs"] = Field(
        "opensearch",
        description="Where the documents are: an OpenSearch index, JSONL files on S3, or the documents of "
        "`s3_pairs_path`.",
    )
    opensearch_endpoint: ClusterUrl | None = Field(
        None,
        examples=["https://host:port"],
        description="URL of the OpenSearch cluster, without user and password, which stand in opensearch_conn_id. "
        "Empty: the host of that connection; any other must be among `allowed_endpoints` of its extra. The model is "
        "deployed in the same cluster.",
    )
    opensearch_conn_id: str = Field(
        "opensearch_default",
        min_length=1,
        description="Airflow connection with the credentials of the cluster: login and password. Without them, "
        "requests to Amazon OpenSearch Service are signed with `aws_conn_id`; to other clusters they go without.",
    )
    index_name: IndexName | None = Field(
        None,
        examples=["articles"],
        description="Index (or alias) with the documents. For input_type `opensearch`.",
    )
    text_field: str = Field(
        "text", min_length=1, description="Field with the document's text; a dotted path for an inner field."
    )
    s3_corpus_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/path"],
        description='JSONL file, or prefix of several, with `{"id": …, "text": …}` a line. For input_type `s3`.',
    )
    max_documents: int = Field(
        20_000, ge=100, le=5_000_000, description="Sample size. The same index gives the same sample."
    )
    max_bad_line_share: float = Field(
        0.01, ge=0, le=1, description="Share of malformed JSONL lines above which the run fails. They are listed."
    )
    export_slices: int = Field(2, ge=1, le=64, description="Slices of the index that are read at the same time.")
