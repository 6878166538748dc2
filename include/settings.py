"""Every input parameter, one frozen model a phase; form, validation and documentation come from here."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

S3Uri = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/.*)?$")]
RoleArn = Annotated[str, StringConstraints(pattern=r"^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$")]
# Whatever OpenSearch takes, several names and patterns too; not "..", which in a URL means all indices.
IndexName = Annotated[
    str, StringConstraints(pattern=r"""^[^\s/\\?"<>|#]*[^\s/\\?"<>|#.][^\s/\\?"<>|#]*$""", max_length=1_000)
]
Hits = Annotated[int, Field(ge=1, le=1_000)]
Clients = Annotated[int, Field(ge=1, le=64)]
BATCH_SIZES = {"dense": 32, "highlighter": 8}
InstanceType = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]


class PhaseSettings(BaseModel):
    """What is common to the settings of every phase."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    section: ClassVar[str]


class CorpusSettings(PhaseSettings):
    """Where the documents are and how many are taken."""

    section: ClassVar[str] = "1 Corpus"

    input_type: Literal["opensearch", "s3"] = Field(
        "opensearch", description="Where the documents are: an OpenSearch index, or JSONL files on S3."
    )
    opensearch_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/@]+/?$",
        examples=["https://host:port"],
        description="URL of the OpenSearch cluster, without user and password, which stand in opensearch_conn_id. "
        "Empty: the host of that connection. The model is deployed in the same cluster.",
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


class ModelSettings(PhaseSettings):
    """What is trained."""

    section: ClassVar[str] = "2 Model"

    model_name: str = Field(
        "search-model",
        pattern=r"^[a-z0-9](-?[a-z0-9])*$",
        max_length=32,
        description="Name of the tuned model: lower-case letters, digits and single hyphens, at most 32 characters. "
        "Training job, endpoint and model group are named after it.",
    )
    model_type: Literal["dense", "highlighter"] = Field(
        "dense",
        description="What kind of model is trained: `dense` finds documents by their vectors, `highlighter` marks the "
        "sentences of a found document that answer the query.",
    )
    base_model_id: str = Field(
        "BAAI/bge-base-en-v1.5",
        pattern=r"^(s3://[a-z0-9].+|[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)$",
        description="Model to start from: a Hugging Face id with its owner (`BAAI/bge-base-en-v1.5`), or an `s3://` "
        "folder or `model.tar.gz` in sentence-transformers layout. For a highlighter any BERT-style encoder, or a "
        "highlighter to tune further, such as `opensearch-project/opensearch-semantic-highlighter-v1`.",
    )
    embedding_dimension: int | None = Field(
        None, ge=1, le=16_000, description="Dimension of the vectors (dense). Empty: the base model's own."
    )
    export_formats: tuple[Literal["onnx", "torchscript"], ...] = Field(
        (),
        examples=["onnx", "torchscript"],
        description="Forms in which a highlighter is written beside safetensors, each checked to answer the same. "
        "The endpoint serves any of them.",
    )


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
    queries_per_document: int = Field(2, ge=1, le=10, description="Queries asked for each document.")
    max_document_characters: int = Field(
        6_000, ge=200, le=100_000, description="What of a document is sent to the model; the rest is cut."
    )
    temperature: float = Field(0.3, ge=0, le=1, description="Of the model that writes the queries.")
    min_pair_share: float = Field(
        0.5, ge=0, le=1, description="Share of the asked queries that must be usable; fewer, and the run fails."
    )


class TrainingSettings(PhaseSettings):
    """How the model is trained."""

    section: ClassVar[str] = "4 Training"

    sagemaker_role_arn: RoleArn | None = Field(
        None,
        examples=["arn:aws:iam::123456789012:role/name"],
        description="Role of the training job and of the endpoint: reads and writes the bucket, writes logs.",
    )
    training_instance_type: InstanceType = Field(
        "ml.g5.xlarge", examples=["ml.g5.xlarge"], description="Instance that trains."
    )
    training_image_uri: str | None = Field(
        None, min_length=1, description="Container image. Empty: the AWS PyTorch training image of the region."
    )
    training_volume_gb: int = Field(50, ge=10, le=16_384, description="Disk of the training instance, in GB.")
    max_runtime_hours: float = Field(24, ge=0.1, le=120, description="The training job is stopped after this time.")
    epochs: int | None = Field(None, ge=1, le=100, description="Passes over the pairs. Empty: 3, of a highlighter 1.")
    batch_size: int | None = Field(
        None,
        ge=2,
        le=4_096,
        description="Pairs a step; of a dense model, every other pair's document is a negative. Empty: 32, of a "
        "highlighter 8.",
    )
    learning_rate: float | None = Field(
        None, ge=1e-8, le=0.1, description="Peak learning rate. Empty: 2e-5, of a highlighter 5e-5."
    )
    max_sequence_length: int | None = Field(
        None,
        ge=16,
        le=32_768,
        description="Tokens of a text that the model reads; a highlighter reads longer texts piece by piece. Empty: "
        "512, of a highlighter 192.",
    )
    warmup_ratio: float = Field(0.1, ge=0, le=0.99, description="Share of the steps in which the learning rate rises.")
    max_pairs: int | None = Field(
        None, ge=32, description="At most so many pairs are trained on, drawn with the seed. Empty: all."
    )
    heldout_share: float = Field(
        0.1, ge=0.01, le=0.5, description="Share of the documents that no training query is written from."
    )
    seed: int = Field(42, ge=0, le=2**31 - 1, description="Of the sample, the split and the training.")


class EvaluationSettings(PhaseSettings):
    """What base and tuned model are compared on, beside the held-out queries."""

    section: ClassVar[str] = "5 Evaluation"

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


class EndpointSettings(PhaseSettings):
    """How the model is served."""

    section: ClassVar[str] = "6 Endpoint"

    endpoint_type: Literal["realtime", "serverless"] = Field("realtime", description="Kind of SageMaker endpoint.")
    endpoint_instance_type: InstanceType = Field(
        "ml.g5.xlarge", examples=["ml.g5.xlarge"], description="Instance that serves (realtime)."
    )
    endpoint_instance_count: int = Field(1, ge=1, le=100, description="Number of instances (realtime).")
    serverless_memory_mb: Literal[1024, 2048, 3072, 4096, 5120, 6144] = Field(4096, description="Memory (serverless).")
    serverless_max_concurrency: int = Field(10, ge=1, le=200, description="Concurrent calls (serverless).")
    inference_image_uri: str | None = Field(
        None, min_length=1, description="Container image. Empty: the AWS PyTorch inference image of the region."
    )
    max_batch_items: int = Field(
        200, ge=1, le=1_000, description="Documents that a highlighter takes in one request; more are refused."
    )
    highlighter_backend: Literal["torch", "torchscript", "onnx"] = Field(
        "torch", description="What computes a highlighter; all but `torch` need their form among `export_formats`."
    )


class RegistrationSettings(PhaseSettings):
    """How OpenSearch reaches the endpoint."""

    section: ClassVar[str] = "7 OpenSearch"

    connector_role_arn: RoleArn | None = Field(
        None,
        examples=["arn:aws:iam::123456789012:role/name"],
        description="Role that Amazon OpenSearch Service assumes to call the endpoint. Needed there, "
        "refused elsewhere.",
    )
    connector_aws_conn_id: str | None = Field(
        None,
        min_length=1,
        description="For a self-managed OpenSearch: Airflow connection whose access key the connector signs with. "
        "Empty: the one of `aws_conn_id`.",
    )


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

    bucket: str | None = Field(
        None,
        pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$",
        examples=["my-bucket"],
        description="S3 bucket of everything that the run writes: its name, without s3://.",
    )
    prefix: str = Field(
        "search-models",
        pattern=r"^[A-Za-z0-9_!.*'()-]+(/[A-Za-z0-9_!.*'()-]+)*$",
        examples=["search-models"],
        description="Key prefix in the bucket, without slashes around it; a run writes under "
        "`{prefix}/{model_name}/{run}/`.",
    )
    aws_conn_id: str = Field("aws_default", min_length=1, description="Airflow connection for AWS.")
    region: str | None = Field(
        None,
        pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$",
        examples=["eu-central-1"],
        description="AWS region. Empty: the connection's.",
    )
    deferrable: bool = Field(
        True, description="Wait for jobs in the triggerer, without holding a worker slot. Needs a running triggerer."
    )
    poll_seconds: int = Field(30, ge=1, le=600, description="Time between two looks at a job.")


class FinetuneSettings(BaseModel):
    """The settings of one run, phase by phase."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    corpus: CorpusSettings
    model: ModelSettings
    queries: QuerySettings
    training: TrainingSettings
    evaluation: EvaluationSettings
    endpoint: EndpointSettings
    registration: RegistrationSettings
    benchmark: FinetuneBenchmarkSettings
    run: RunSettings

    @property
    def is_highlighter(self) -> bool:
        """Whether sentences are marked instead of documents found."""
        return self.model.model_type == "highlighter"

    @property
    def batch_size(self) -> int:
        """Pairs a step, as given or as the training container takes them for the kind of model."""
        return self.training.batch_size or BATCH_SIZES[self.model.model_type]
