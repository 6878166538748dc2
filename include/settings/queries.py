"""Phase 2: pairs."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from include.settings.base import PhaseSettings, RoleArn, S3Uri


class QuerySettings(PhaseSettings):
    """How synthetic queries are generated."""

    section: ClassVar[str] = "3 Queries"

    bedrock_model_id: str = Field(
        "amazon.nova-lite-v1:0",
        min_length=1,
        description="Bedrock model, or inference profile, that writes the queries; it must support batch inference.",
    )
    bedrock_role_arn: RoleArn | None = Field(
        None,
        examples=["arn:aws:iam::123456789012:role/name"],
        description="Role that Bedrock assumes to read and write the bucket.",
    )
    record_format: Literal["Converse", "InvokeModel"] = Field(
        "Converse",
        description="`Converse` works with every Bedrock model; `InvokeModel` sends Claude's own messages format.",
    )
    s3_pairs_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/pairs.jsonl"],
        description='Your own pairs, which are trained on instead of queries by Bedrock: JSONL of `{"query": …, '
        '"document": …}` with the text, or `{"query": …, "document_id": …}` with the id of a document of the corpus.',
    )
    example_queries_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/example_queries.jsonl"],
        description='Queries that your users typed, as examples for the model that writes more: JSONL of `{"query": …}`'
        ". Some are shown to it with each document.",
    )
    query_styles: tuple[Literal["factoid", "conceptual", "keywords", "question", "title"], ...] = Field(
        ("factoid", "conceptual"),
        min_length=1,
        examples=["factoid", "conceptual"],
        description="Kinds of queries, asked for in turn.",
    )
    min_query_words: int = Field(1, ge=1, le=20, description="Shorter queries are dropped.")
    max_query_words: int = Field(40, ge=2, le=200, description="Longer queries are dropped.")
    check_language: bool = Field(
        True, description="Drop queries that are clearly in another language or script than their document."
    )
    consistency_depth: int = Field(
        0,
        ge=0,
        le=1_000,
        description="A pair is trained on only if BM25 or the base model finds the document of the query among so many "
        "(dense). 0: all pairs.",
    )
    queries_per_document: int = Field(2, ge=1, le=10, description="Queries asked for each document.")
    max_document_characters: int = Field(
        6_000, ge=200, le=100_000, description="What of a document is sent to the model; the rest is cut."
    )
    temperature: float = Field(0.3, ge=0, le=1, description="Of the model that writes the queries.")
    min_pair_share: float = Field(
        0.5, ge=0, le=1, description="Share of the asked queries that must be usable; fewer, and the run fails."
    )
    batch_job_hours: int = Field(
        168, ge=24, le=168, description="Time that a Bedrock batch job may take, its wait in the queue included."
    )
    incomplete_batch_jobs: Literal["use", "fail"] = Field(
        "use",
        description="What becomes of a batch job whose time ran out: `use` the answers that are there, if they are "
        "`min_pair_share`, or `fail`.",
    )
