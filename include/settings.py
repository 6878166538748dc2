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
BATCH_SIZES = {"dense": 32, "sparse": 32, "highlighter": 8}
# Of base and tuned model with 768 dimensions these are 0.6 GB, which travel through S3 and the worker's disk.
MAX_DOCUMENTS_WITH_VECTORS = 100_000
Dimension = Annotated[int, Field(ge=8, le=16_000)]
Prefix = Annotated[str, StringConstraints(max_length=500, strip_whitespace=False)]
InstanceType = Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9]+$")]


class PhaseSettings(BaseModel):
    """What is common to the settings of every phase."""

    model_config = ConfigDict(frozen=True, extra="forbid", protected_namespaces=())
    section: ClassVar[str]


class CorpusSettings(PhaseSettings):
    """Where the documents are and how many are taken."""

    section: ClassVar[str] = "1 Corpus"

    input_type: Literal["opensearch", "s3", "pairs"] = Field(
        "opensearch",
        description="Where the documents are: an OpenSearch index, JSONL files on S3, or the documents of "
        "`s3_pairs_path`.",
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
    loss: Literal["mnrl", "cached_mnrl", "gist", "cached_gist", "triplet", "margin_mse", "distill_kl_div"] = Field(
        "mnrl",
        description="What training minimises (dense); docs/choosing.md says when to use which. `margin_mse` and "
        "`distill_kl_div` need `teacher_model_id`.",
    )
    hard_negatives: int = Field(
        0, ge=0, le=20, description="Near documents that do not answer, beside each pair (dense). 0: none."
    )
    negatives_from: Literal["base", "bm25", "both"] = Field(
        "both", description="What finds hard negatives: the base model, BM25 in OpenSearch, or both in turn."
    )
    false_negative_margin: float = Field(
        0.05,
        ge=0,
        le=1,
        description="No hard negative is taken whose similarity to the query, by the base model, is above that of the "
        "pair's document less this share of it: it may well answer.",
    )
    teacher_model_id: str | None = Field(
        None,
        pattern=r"^(s3://[a-z0-9].+|[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)$",
        examples=["cross-encoder/ms-marco-MiniLM-L6-v2"],
        description="Cross-encoder that scores pairs for the losses `margin_mse` and `distill_kl_div`: a Hugging Face "
        "id, or an `s3://` folder.",
    )
    matryoshka_dimensions: tuple[Dimension, ...] = Field(
        (),
        examples=[256, 128, 64],
        description="Dimensions to which the vectors can be cut afterwards (dense). Empty: only whole ones are "
        "trained.",
    )
    lora_rank: int = Field(
        0, ge=0, le=256, description="Rank of the LoRA adapters that are trained instead of all weights. 0: all."
    )
    heldout_share: float = Field(
        0.1, ge=0.01, le=0.5, description="Share of the documents that no training query is written from."
    )
    hold_out_judged: bool = Field(
        True,
        description="Documents that a judged query is answered by, and their near-copies, are not trained on, so that "
        "the comparison is about documents that tuning has not seen. False: they are; the judged queries never.",
    )
    seed: int = Field(42, ge=0, le=2**31 - 1, description="Of the sample, the split and the training.")


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
    def is_sparse(self) -> bool:
        """Whether documents are found by weighted words instead of vectors."""
        return self.model.model_type == "sparse"

    @property
    def needs_candidates(self) -> bool:
        """Whether training wants to know what BM25 finds for the pairs' queries."""
        mined = self.training.hard_negatives > 0 and self.training.negatives_from != "base"
        return not self.is_highlighter and (mined or self.queries.consistency_depth > 0)

    @property
    def writes_vectors(self) -> bool:
        """Whether training leaves the vectors by which models are compared in OpenSearch."""
        small = self.corpus.max_documents <= MAX_DOCUMENTS_WITH_VECTORS
        return not self.is_highlighter and self.evaluation.evaluation_engine != "container" and small

    @property
    def batch_size(self) -> int:
        """Pairs a step, as given or as the training container takes them for the kind of model."""
        return self.training.batch_size or BATCH_SIZES[self.model.model_type]
