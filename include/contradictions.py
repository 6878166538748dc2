"""Parameters that cannot both be meant, or that are missing for what the others ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from include.cost.gpus import gpus_of
from include.instances import training_instance
from include.requests.images import BEFORE_TURING, TRAINING_IMAGE
from include.requests.isolation import models_of, packages_of
from include.settings import MAX_DOCUMENTS_WITH_VECTORS
from include.training.together import NEED_NEGATIVES, NEED_TEACHER

if TYPE_CHECKING:
    from include.settings import FinetuneSettings


def contradictions(settings: FinetuneSettings) -> list[str]:
    """One sentence for each thing that does not fit together: what was received and what to do."""
    return [
        sentence
        for wrong, sentence in (
            *_input(settings),
            *_pairs(settings),
            *_model(settings),
            *_kind(settings),
            *_loss(settings),
            *_gate(settings),
            *_isolation(settings),
            *_network(settings),
            *_capacity(settings),
            *_together(settings),
            *_needed(settings),
        )
        if wrong
    ]


def _network(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    training = settings.training
    return [
        (
            bool(training.vpc_subnet_ids) != bool(training.vpc_security_group_ids),
            "Only one of vpc_subnet_ids and vpc_security_group_ids is given. Give both, or none.",
        )
    ]


def _input(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    corpus, evaluation = settings.corpus, settings.evaluation
    given = {
        "opensearch": ("index_name", corpus.index_name, "the index that holds the documents"),
        "s3": ("s3_corpus_path", corpus.s3_corpus_path, "the JSONL file or prefix, s3://bucket/path"),
        "pairs": ("s3_pairs_path", settings.queries.s3_pairs_path, "the JSONL file or prefix with your pairs"),
    }
    name, value, what = given[corpus.input_type]
    others = [
        (
            bool(other) and kind != corpus.input_type and kind != "pairs",
            f"input_type is {corpus.input_type!r} and {parameter} is given too. Set input_type to {kind!r}, or leave "
            f"{parameter} empty.",
        )
        for kind, (parameter, other, _) in given.items()
    ]
    return [
        (not value, f"input_type is {corpus.input_type!r} and {name} is empty. Give {what}."),
        *others,
        (
            bool(evaluation.eval_queries_s3_path) != bool(evaluation.eval_qrels_s3_path),
            "Only one of eval_queries_s3_path and eval_qrels_s3_path is given. Give both, or none.",
        ),
        (
            bool(evaluation.guard_queries_s3_path) != bool(evaluation.guard_qrels_s3_path),
            "Only one of guard_queries_s3_path and guard_qrels_s3_path is given. Give both, or none.",
        ),
    ]


def _pairs(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    queries = settings.queries
    return [
        (
            queries.min_query_words > queries.max_query_words,
            f"min_query_words is {queries.min_query_words} and max_query_words is {queries.max_query_words}: no query "
            "is left. Lower the first, or raise the second.",
        ),
        (
            bool(queries.s3_pairs_path and queries.example_queries_s3_path),
            "s3_pairs_path and example_queries_s3_path are both given. Examples are for the model that writes queries, "
            "which is not asked if you bring pairs: leave one empty.",
        ),
        (
            settings.is_highlighter and queries.consistency_depth > 0,
            "consistency_depth is given and model_type is 'highlighter', which finds no documents. Set it to 0.",
        ),
    ]


def _model(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    queries, training, registration = settings.queries, settings.training, settings.registration
    return [
        (
            queries.record_format == "InvokeModel" and "anthropic." not in queries.bedrock_model_id,
            f"record_format is 'InvokeModel' and bedrock_model_id is {queries.bedrock_model_id!r}. InvokeModel records "
            "are written in Claude's format: choose an 'anthropic.…' model, or record_format 'Converse'.",
        ),
        (
            training.max_pairs is not None and training.max_pairs < settings.batch_size,
            f"max_pairs is {training.max_pairs} and batch_size is {settings.batch_size}. One batch is the least that "
            "can be trained on: raise max_pairs or lower batch_size.",
        ),
        (
            bool(registration.connector_role_arn and registration.connector_aws_conn_id),
            "connector_role_arn and connector_aws_conn_id are both given. On Amazon OpenSearch Service give the role, "
            "elsewhere the connection.",
        ),
    ]


def _kind(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    model, evaluation = settings.model, settings.evaluation
    kind, marks = model.model_type, settings.is_highlighter
    return [
        (
            not marks and bool(model.export_formats),
            f"export_formats is given and model_type is {kind!r}. Only a highlighter is exported: leave it empty.",
        ),
        (
            not marks and bool(evaluation.eval_highlights_s3_path),
            f"eval_highlights_s3_path is given and model_type is {kind!r}. Give eval_queries_s3_path and "
            "eval_qrels_s3_path, or choose model_type 'highlighter'.",
        ),
        (
            marks and bool(evaluation.eval_queries_s3_path or evaluation.eval_qrels_s3_path),
            "eval_queries_s3_path or eval_qrels_s3_path is given and model_type is 'highlighter', which finds no "
            "documents. Give eval_highlights_s3_path.",
        ),
        (
            marks and settings.endpoint.highlighter_backend not in ("torch", *model.export_formats),
            f"highlighter_backend is {settings.endpoint.highlighter_backend!r} and export_formats is "
            f"{list(model.export_formats)}. Add it to export_formats, or choose 'torch'.",
        ),
        (
            kind != "dense" and model.embedding_dimension is not None,
            f"embedding_dimension is given and model_type is {kind!r}, which makes no vectors of a chosen "
            "dimension. Leave it empty.",
        ),
        *_sparse(settings),
    ]


def _sparse(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    """What only dense models have."""
    model, training = settings.model, settings.training
    given = {
        "pooling": model.pooling is not None,
        "query_prefix": bool(model.query_prefix),
        "document_prefix": bool(model.document_prefix),
        "loss": training.loss != "mnrl",
        "teacher_model_id": training.teacher_model_id is not None,
        "matryoshka_dimensions": bool(training.matryoshka_dimensions),
        "lora_rank": training.lora_rank > 0,
        "hard_negatives": training.hard_negatives > 0,
        "consistency_depth": settings.queries.consistency_depth > 0,
    }
    return [
        (
            settings.is_sparse and is_given,
            f"{name} is given and model_type is 'sparse', which has none. Leave it at its default, or choose 'dense'.",
        )
        for name, is_given in given.items()
    ]


def _gate(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    evaluation = settings.evaluation
    in_engine = evaluation.evaluation_engine == "opensearch"
    return [
        (
            in_engine and settings.is_highlighter,
            "evaluation_engine is 'opensearch' and model_type is 'highlighter', which is measured in its training job. "
            "Choose 'auto'.",
        ),
        (
            in_engine and settings.corpus.max_documents > MAX_DOCUMENTS_WITH_VECTORS,
            f"evaluation_engine is 'opensearch' and max_documents is {settings.corpus.max_documents}: the vectors of "
            f"at most {MAX_DOCUMENTS_WITH_VECTORS} documents travel there. Choose 'auto', or lower max_documents.",
        ),
        (
            evaluation.approval and evaluation.promote == "never",
            "approval is true and promote is 'never': nobody would be asked. Set one of them otherwise.",
        ),
    ]


def _loss(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    training = settings.training
    dense, loss, teacher = settings.model.model_type == "dense", training.loss, training.teacher_model_id
    return [
        (
            dense and loss in NEED_NEGATIVES and training.hard_negatives == 0,
            f"loss is {loss!r} and hard_negatives is 0. It compares a pair's document with negatives: set "
            "hard_negatives to 1 or more, or choose 'mnrl'.",
        ),
        (
            dense and loss in NEED_TEACHER and not teacher,
            f"loss is {loss!r} and teacher_model_id is empty. Give the cross-encoder whose scores are learnt, or "
            "choose another loss.",
        ),
        (
            dense and bool(teacher) and loss not in NEED_TEACHER,
            f"teacher_model_id is given and loss is {loss!r}, which learns from no teacher. Choose "
            f"{' or '.join(map(repr, NEED_TEACHER))}, or leave teacher_model_id empty.",
        ),
    ]


def _isolation(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    on = settings.training.network_isolation == "on"
    return [
        *(
            (
                on and not model.startswith("s3://"),
                f"network_isolation is 'on' and {name} is {model!r}, which a container without a network cannot fetch "
                "from Hugging Face. Put the model on S3 and give its s3:// folder, or choose 'auto'.",
            )
            for name, model in models_of(settings).items()
        ),
        (
            on and packages_of(settings) == "index",
            "network_isolation is 'on', and neither wheels_s3_path nor both of training_image_uri and "
            "inference_image_uri are given: the containers' packages would have to be fetched. Give one, or choose "
            "'auto'.",
        ),
        (
            on and settings.endpoint.endpoint_type == "serverless",
            "network_isolation is 'on' and endpoint_type is 'serverless', which SageMaker cannot isolate. Choose "
            "'realtime', or network_isolation 'auto', with which the training job still is.",
        ),
        (
            settings.model.trust_remote_code and settings.model.model_type != "dense",
            f"trust_remote_code is true and model_type is {settings.model.model_type!r}, for which no code of a base "
            "model is ever run. Leave it at false.",
        ),
    ]


def _capacity(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    training, endpoint = settings.training, settings.endpoint
    given = training.training_instance_type
    types = [*([given] if given else []), *training.training_instance_fallbacks]
    longest, wait, most = training.max_runtime_hours, training.max_wait_hours, endpoint.endpoint_max_instances
    return [
        (
            training.use_spot and training.warm_pool_minutes > 0,
            f"use_spot is true and warm_pool_minutes is {training.warm_pool_minutes}: SageMaker keeps no spot "
            "instances. Set one of them otherwise.",
        ),
        (
            wait is not None and not training.use_spot,
            f"max_wait_hours is {wait} and use_spot is false: only a training on spot instances waits. Leave it empty, "
            "or set use_spot to true.",
        ),
        (
            wait is not None and wait < longest,
            f"max_wait_hours is {wait} and max_runtime_hours is {longest}. Waiting includes running: raise the first, "
            "or lower the second.",
        ),
        (
            len(set(types)) < len(types),
            f"training_instance_type and training_instance_fallbacks are {types}, with one of them twice. Give each "
            "instance once.",
        ),
        *(
            (
                not training.training_image_uri and kind.startswith(BEFORE_TURING),
                f"{kind!r} is asked to train, whose GPUs AWS's training image ({TRAINING_IMAGE}) does not support: its "
                "CUDA 13 begins with Turing (g4dn). Choose g4dn, g5, g6 or newer, or give a training_image_uri.",
            )
            for kind in types
        ),
        (
            most is not None and endpoint.endpoint_type == "serverless",
            f"endpoint_max_instances is {most} and endpoint_type is 'serverless', which has no instances. Leave it "
            "empty, or choose 'realtime'.",
        ),
        (
            most is not None and most < endpoint.endpoint_instance_count,
            f"endpoint_max_instances is {most} and endpoint_instance_count is {endpoint.endpoint_instance_count}, "
            "which is the least. Raise the first, or lower the second.",
        ),
    ]


def _together(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    """Of several processes that train one model."""
    training, count, batch = settings.training, settings.training.training_instance_count, settings.batch_size
    what = "model_type 'highlighter'" if settings.is_highlighter else "sparse_mode 'doc-only'"
    more = "" if settings.is_highlighter else ", or sparse_mode to 'bi-encoder'"
    types = dict.fromkeys([training_instance(settings), *training.training_instance_fallbacks])
    processes = {kind: count * max(1, gpus_of(kind)) for kind in types}
    return [
        (
            count > 1 and not settings.trains_all_weights,
            f"training_instance_count is {count}, and {what} trains in minutes, on one instance. Set it to 1{more}.",
        ),
        *(
            (
                settings.trains_all_weights and batch % number != 0,
                f"batch_size is {batch}, and {number} GPUs train ({count} x {kind}), among which every batch is "
                f"divided. Give a multiple of {number} as batch_size, or other instances.",
            )
            for kind, number in processes.items()
        ),
    ]


def _needed(settings: FinetuneSettings) -> list[tuple[bool, str]]:
    return [
        (not settings.run.bucket, "bucket is empty. Give the S3 bucket that the run may write to."),
        (
            not settings.queries.bedrock_role_arn and not settings.queries.s3_pairs_path,
            "bedrock_role_arn is empty. Give the role that Bedrock assumes to read and write the bucket.",
        ),
        (
            not settings.training.sagemaker_role_arn,
            "sagemaker_role_arn is empty. Give the role of the training job and of the endpoint.",
        ),
    ]
