"""What is trained."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from include.settings.base import ModelName, PhaseSettings, Prefix


class ModelSettings(PhaseSettings):
    """What is trained."""

    section: ClassVar[str] = "2 Model"

    model_name: ModelName = Field(
        "search-model",
        description="Name of the tuned model: lower-case letters, digits and single hyphens, at most 32 characters. "
        "Training job, endpoint and model group are named after it.",
    )
    model_type: Literal["dense", "sparse", "highlighter"] = Field(
        "dense",
        description="What kind of model is trained: `dense` finds documents by their vectors, `sparse` by weighted "
        "words (`neural_sparse`), `highlighter` marks the sentences of a found document that answer the query.",
    )
    base_model_id: str = Field(
        "BAAI/bge-base-en-v1.5",
        pattern=r"^(s3://[a-z0-9].+|[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)$",
        description="Model to start from: a Hugging Face id with its owner (`BAAI/bge-base-en-v1.5`), or an `s3://` "
        "folder or `model.tar.gz` in sentence-transformers layout. For a highlighter any BERT-style encoder, or a "
        "highlighter to tune further, such as `opensearch-project/opensearch-semantic-highlighter-v1`.",
    )
    trust_remote_code: bool = Field(
        False,
        description="Run Python code that lies in the base model's repository (dense), in training and at the "
        "endpoint. Only for a repository whose code you have read: it runs with the rights of `sagemaker_role_arn`.",
    )
    embedding_dimension: int | None = Field(
        None,
        ge=1,
        le=16_000,
        description="Dimension of the vectors (dense). Empty: the base model's own; a smaller one must be among "
        "`matryoshka_dimensions`.",
    )
    pooling: Literal["cls", "mean", "lasttoken"] | None = Field(
        None,
        description="How the states of a text's tokens become its vector (dense). Empty: as the base model does it.",
    )
    query_prefix: Prefix | None = Field(
        None,
        examples=["query: "],
        description="What is written before each query, in training and in search alike (dense). Empty: what the base "
        "model was made with, as far as it is known (BGE, E5 and what the model itself says); `none`: nothing.",
    )
    document_prefix: Prefix | None = Field(
        None, examples=["passage: "], description="What is written before each document; as `query_prefix`."
    )
    sparse_mode: Literal["doc-only", "bi-encoder"] = Field(
        "doc-only",
        description="Of a sparse model: `doc-only` weighs a query's words by a table, without a model, as "
        "OpenSearch's doc models do; `bi-encoder` runs the model on queries too.",
    )
    export_formats: tuple[Literal["onnx", "torchscript"], ...] = Field(
        (),
        examples=["onnx", "torchscript"],
        description="Forms in which a highlighter is written beside safetensors, each checked to answer the same. "
        "The endpoint serves any of them.",
    )
