"""The SageMaker training job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include import layout as at
from include.instances import training_instance
from include.requests.images import training_image
from include.requests.isolation import CODE_CHANNEL, is_training_isolated, network_of
from include.requests.tags import run_tags
from include.training.metrics import METRIC_DEFINITIONS

if TYPE_CHECKING:
    from include.layout import Layout
    from include.settings import FinetuneSettings, TrainingSettings

ENTRY_POINT = "train.py"
HOUR = 3600
TIMES_OF_WAITING = 2
CHECKPOINT_FOLDER = "/opt/ml/checkpoints"


def training_request(settings: FinetuneSettings, layout: Layout, region: str) -> dict[str, Any]:
    """Body of `CreateTrainingJob` in script mode.

    Channels: `train` (query and document pairs), `corpus` (documents that are searched in the evaluation), `evaluation`
    (query sets in BEIR layout, or judged passages of a highlighter); `base_model` and `teacher`, if they lie on S3;
    `candidates` (what BM25 finds for the pairs' queries), if pairs are filtered or negatives mined; `wheels`, if they
    were given; `code`, if the container has no network, by which script mode would fetch it.
    """
    training = settings.training
    return {
        "TrainingJobName": layout.name,
        "AlgorithmSpecification": {
            "TrainingImage": training.training_image_uri or training_image(region),
            "TrainingInputMode": "File",
            "MetricDefinitions": METRIC_DEFINITIONS,
        },
        "RoleArn": training.sagemaker_role_arn,
        "HyperParameters": _hyperparameters(settings, layout),
        "InputDataConfig": [_channel(name, uri) for name, uri in _channels(settings, layout).items()],
        "OutputDataConfig": {"S3OutputPath": layout.uri("model-artifacts")},
        "ResourceConfig": _resources(settings),
        "StoppingCondition": {"MaxRuntimeInSeconds": int(training.max_runtime_hours * HOUR)},
        **_spot(training, layout),
        "EnableNetworkIsolation": is_training_isolated(settings),
        **network_of(settings),
        # Else pip asks the index for a newer pip, and waits for an answer that cannot come.
        "Environment": {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        "Tags": run_tags(layout),
    }


def _resources(settings: FinetuneSettings) -> dict[str, Any]:
    training = settings.training
    resources: dict[str, Any] = {
        "InstanceType": training_instance(settings),
        "InstanceCount": training.training_instance_count,
        "VolumeSizeInGB": training.training_volume_gb,
    }
    if training.warm_pool_minutes:
        resources["KeepAlivePeriodInSeconds"] = training.warm_pool_minutes * 60
    return resources


def _spot(training: TrainingSettings, layout: Layout) -> dict[str, Any]:
    """What a job on spot instances is asked for besides; `StoppingCondition` instead of the one of any job."""
    if not training.use_spot:
        return {}
    longest = training.max_wait_hours or TIMES_OF_WAITING * training.max_runtime_hours
    return {
        "StoppingCondition": {
            "MaxRuntimeInSeconds": int(training.max_runtime_hours * HOUR),
            "MaxWaitTimeInSeconds": int(longest * HOUR),
        },
        "EnableManagedSpotTraining": True,
        "CheckpointConfig": {"S3Uri": layout.uri(at.CHECKPOINTS), "LocalPath": CHECKPOINT_FOLDER},
    }


def _channels(settings: FinetuneSettings, layout: Layout) -> dict[str, str]:
    channels = {
        "train": layout.uri(at.TRAINING_DATA),
        "corpus": layout.uri("raw-corpus/"),
        "evaluation": layout.uri(f"{at.EVALUATION_SETS}/"),
    }
    if settings.model.base_model_id.startswith("s3://"):
        channels["base_model"] = settings.model.base_model_id
    if (settings.training.teacher_model_id or "").startswith("s3://"):
        channels["teacher"] = str(settings.training.teacher_model_id)
    if settings.needs_candidates:
        channels["candidates"] = layout.uri(at.CANDIDATES)
    if settings.training.wheels_s3_path:
        channels["wheels"] = settings.training.wheels_s3_path.rstrip("/") + "/"
    if is_training_isolated(settings):
        channels["code"] = layout.uri(at.SOURCE)
    return channels


def _hyperparameters(settings: FinetuneSettings, layout: Layout) -> dict[str, str]:
    """All values as strings, as SageMaker wants them."""
    model, training = settings.model, settings.training
    values = {
        "sagemaker_program": ENTRY_POINT,
        "sagemaker_submit_directory": _source(settings, layout),
        "model_name": model.model_name,
        "model_type": model.model_type,
        "run": layout.run,
        "base_model_id": model.base_model_id,
        "trust_remote_code": str(model.trust_remote_code).lower(),
        "embedding_dimension": model.embedding_dimension,
        "epochs": training.epochs,
        "batch_size": training.batch_size,
        "learning_rate": training.learning_rate,
        "max_sequence_length": training.max_sequence_length,
        "warmup_ratio": training.warmup_ratio,
        "max_pairs": training.max_pairs,
        "seed": training.seed,
        "export_formats": ",".join(model.export_formats) or None,
        **_search_hyperparameters(settings),
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _source(settings: FinetuneSettings, layout: Layout) -> str:
    if is_training_isolated(settings):
        return f"{CODE_CHANNEL}/{at.SOURCE.rpartition('/')[2]}"
    return layout.uri(at.SOURCE)


def _search_hyperparameters(settings: FinetuneSettings) -> dict[str, Any]:
    """What only models that find documents are told."""
    if settings.is_highlighter:
        return {}
    model, training = settings.model, settings.training
    return {
        "pooling": model.pooling,
        "query_prefix": model.query_prefix,
        "document_prefix": model.document_prefix,
        "sparse_mode": model.sparse_mode if settings.is_sparse else None,
        "loss": training.loss,
        "hard_negatives": training.hard_negatives,
        "negatives_from": training.negatives_from,
        "false_negative_margin": training.false_negative_margin,
        "consistency_depth": settings.queries.consistency_depth,
        "teacher_model_id": training.teacher_model_id,
        "matryoshka_dimensions": ",".join(map(str, training.matryoshka_dimensions)) or None,
        "lora_rank": training.lora_rank,
        "write_vectors": str(settings.writes_vectors).lower(),
    }


def _channel(name: str, uri: str) -> dict[str, Any]:
    return {
        "ChannelName": name,
        "DataSource": {
            "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
        },
        "InputMode": "File",
    }
