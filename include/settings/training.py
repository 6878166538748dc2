"""Phase 3: how it is trained."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from include.settings.base import Dimension, InstanceType, PhaseSettings, RoleArn, S3Uri, SecurityGroupId, SubnetId


class TrainingSettings(PhaseSettings):
    """How the model is trained."""

    section: ClassVar[str] = "4 Training"

    sagemaker_role_arn: RoleArn | None = Field(
        None,
        examples=["arn:aws:iam::123456789012:role/name"],
        description="Role of the training job and of the endpoint: reads and writes the bucket, writes logs.",
    )
    training_instance_type: InstanceType | None = Field(
        None,
        examples=["ml.g5.xlarge"],
        description="Instance that trains; all of its GPUs train (dense, and sparse but for `doc-only`). Empty: "
        "`ml.g5.xlarge`; where all of a large model (1,024 dimensions) is tuned, `ml.g6e.xlarge` with 48 GB.",
    )
    training_instance_count: int = Field(
        1,
        ge=1,
        le=8,
        description="Instances that train together (dense, and sparse but for `doc-only`). Every batch is divided "
        "among all their GPUs (docs/scaling.md).",
    )
    training_instance_fallbacks: tuple[InstanceType, ...] = Field(
        (),
        max_length=5,
        examples=["ml.g6.xlarge", "ml.g4dn.xlarge"],
        description="Instances that train instead, in turn, where AWS has no capacity of the one before, or the "
        "account no quota for it (docs/scaling.md).",
    )
    use_spot: bool = Field(
        False,
        description="Train on spot instances: cheaper, and interrupted when AWS needs them; a training that was goes "
        "on from its last checkpoint (docs/scaling.md).",
    )
    max_wait_hours: float | None = Field(
        None,
        ge=0.1,
        le=240,
        description="A training on spot instances is stopped after this time, in which it runs or waits for an "
        "instance; at least `max_runtime_hours`. Empty: twice that.",
    )
    max_runtime_hours: float = Field(24, ge=0.1, le=120, description="The training job is stopped after this time.")
    warm_pool_minutes: int = Field(
        0,
        ge=0,
        le=60,
        description="The training instance is kept, and billed, for so long after the job, so that the next one of "
        "the same kind starts at once. 0: it is not; never with `use_spot`.",
    )
    training_volume_gb: int = Field(50, ge=10, le=16_384, description="Disk of the training instance, in GB.")
    training_image_uri: str | None = Field(
        None, min_length=1, description="Container image. Empty: the AWS PyTorch training image of the region."
    )
    wheels_s3_path: S3Uri | None = Field(
        None,
        examples=["s3://bucket/wheels"],
        description="Folder with the Python packages of both containers, `training/*.whl` and `inference/*.whl`, from "
        "which they are installed instead of from a package index; docs/security.md has the command that makes it.",
    )
    network_isolation: Literal["auto", "on", "off"] = Field(
        "auto",
        description="Whether training job and endpoint have no way to the network. `auto`: where they need none, that "
        "is, base model and teacher lie on S3, and `wheels_s3_path` or both images are your own; a serverless endpoint "
        "never. `on`: always, or the run is refused.",
    )
    vpc_subnet_ids: tuple[SubnetId, ...] = Field(
        (),
        max_length=16,
        examples=["subnet-0123456789abcdef0"],
        description="Subnets of your VPC in which training job and endpoint run; serverless endpoints cannot. Empty: "
        "SageMaker's own network.",
    )
    vpc_security_group_ids: tuple[SecurityGroupId, ...] = Field(
        (),
        max_length=5,
        examples=["sg-0123456789abcdef0"],
        description="Security groups of training job and endpoint there; needed with `vpc_subnet_ids`.",
    )
    epochs: int | None = Field(None, ge=1, le=100, description="Passes over the pairs. Empty: 3, of a highlighter 1.")
    batch_size: int | None = Field(
        None,
        ge=2,
        le=4_096,
        description="Pairs a step, on all GPUs together, whose number must divide it; of a dense model, every other "
        "pair's document is a negative. Empty: 32, of a highlighter 8.",
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
