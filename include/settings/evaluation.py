"""The comparison and the gate."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from include.settings.base import PhaseSettings, S3Uri


class EvaluationSettings(PhaseSettings):
    """What base and tuned model are compared on, beside the held-out queries, and what is demanded of the tuned one."""

    section: ClassVar[str] = "5 Evaluation and gate"

    eval_queries_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/queries.jsonl"],
        description='Judged queries, BEIR layout: JSONL of `{"_id": …, "text": …}`.',
    )
    eval_qrels_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/qrels/test.tsv"],
        description="Their relevance, BEIR layout: TSV with the header `query-id corpus-id score`.",
    )
    eval_highlights_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/highlights.jsonl"],
        description='Judged passages of a highlighter: JSONL of `{"question": …, "context": …, "quotes": […]}`, the '
        "sentences to be marked word for word; none if nothing answers the question.",
    )
    guard_queries_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/guard/queries.jsonl"],
        description="Queries that must not fall, such as the most frequent ones; as `eval_queries_s3_path`.",
    )
    guard_qrels_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/guard/qrels.tsv"],
        description="Their relevance; as `eval_qrels_s3_path`.",
    )
    evaluation_engine: Literal["auto", "opensearch", "container"] = Field(
        "auto",
        description="Where the models search: in a temporary OpenSearch index, as they will be used, or exactly, in "
        "the training container. `auto`: in OpenSearch where it can, and the report says which.",
    )
    promote: Literal["if_better", "always", "never"] = Field(
        "if_better",
        description="Whether the tuned model is deployed: only if a paired test says that it is better, whatever the "
        "test says, or not at all. What is not deployed stays on S3.",
    )
    min_gain: float = Field(
        0.0, ge=0, lt=1, description="By how much the tuned model must be better (nDCG@10, or F1 of a highlighter)."
    )
    significance: float = Field(
        0.05, gt=0, le=0.5, description="The paired test's p-value (two-sided) must be below this."
    )
    max_guard_loss: float = Field(
        0.01, ge=0, lt=1, description="By how much the guard queries may fall on average (nDCG@10)."
    )
    approval: bool = Field(
        False,
        description="Ask a person in Airflow (Required Actions) before a model that passed the gate is deployed. "
        "Before Airflow 3.3 this needs a triggerer.",
    )
    approval_timeout_hours: float = Field(
        168, gt=0, le=8_760, description="So long the answer is waited for; without one nothing is deployed."
    )
