"""Parameters as a user types them: what is wrong is said all at once, with what is valid and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import TerminalError
from include.parameters import TO_DO, read_settings


def refusal(params: dict[str, Any], **changed: Any) -> str:
    with pytest.raises(TerminalError) as caught:
        read_settings({**params, **changed})
    return str(caught.value)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param(
            {"input_type": "opensaerch"},
            "input_type is 'opensaerch'. Valid values: 'opensearch', 's3' or 'pairs'.",
            id="input",
        ),
        pytest.param(
            {"model_type": "sparce"},
            "model_type is 'sparce'. Valid values: 'dense', 'sparse' or 'highlighter'.",
            id="model-type",
        ),
        pytest.param(
            {"record_format": "converse"},
            "record_format is 'converse'. Valid values: 'Converse' or 'InvokeModel'.",
            id="format",
        ),
        pytest.param({"endpoint_type": "real-time"}, "'realtime' or 'serverless'", id="endpoint-type"),
        pytest.param({"serverless_memory_mb": 4000}, "1024, 2048, 3072, 4096, 5120 or 6144", id="memory"),
        pytest.param({"max_documents": 10}, "max_documents is 10: Input should be greater than", id="too-few"),
        pytest.param({"max_documents": "many"}, "max_documents is 'many': Input should be a valid integer", id="word"),
        pytest.param({"max_documents": None}, "max_documents is None: Input should be a valid integer", id="null"),
        pytest.param({"epochs": 2.5}, "epochs is 2.5: Input should be a valid integer", id="fraction"),
        pytest.param({"learning_rate": float("nan")}, "learning_rate is nan: ", id="not-a-number"),
        pytest.param({"temperature": 1.5}, "temperature is 1.5: Input should be less than or equal to 1", id="range"),
        pytest.param({"text_field": ""}, "text_field is '': String should have at least 1 character", id="empty"),
        pytest.param({"index_name": ["a", "b"]}, "index_name is ['a', 'b']: Input should be a valid string", id="list"),
        pytest.param({"deferrable": "maybe"}, "deferrable is 'maybe': Input should be a valid boolean", id="boolean"),
    ],
)
def test_read_settings_wrong_value_says_received_valid_and_what_to_do(
    params: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    found = refusal(params, **changed)

    assert message in found
    assert found.endswith(TO_DO)


@pytest.mark.parametrize(
    ("name", "value", "valid"),
    [
        pytest.param("model_name", "My Model", "lower-case letters, digits and single hyphens", id="capitals"),
        pytest.param("model_name", "search_model", "lower-case letters, digits and single hyphens", id="underscore"),
        pytest.param("model_name", "-search", "lower-case letters, digits and single hyphens", id="leading-hyphen"),
        pytest.param("model_name", "a--b", "lower-case letters, digits and single hyphens", id="double-hyphen"),
        pytest.param("bucket", "My_Bucket", "S3 bucket", id="bucket-aws-refuses"),
        pytest.param("bucket", "s3://bucket", "S3 bucket", id="bucket-as-uri"),
        pytest.param("bucket", "bucket\n", "S3 bucket", id="bucket-and-line-end"),
        pytest.param("prefix", "/search/", "Key prefix", id="prefix-with-slashes"),
        pytest.param("s3_corpus_path", "bucket/docs.jsonl", "s3://bucket/path", id="path-without-scheme"),
        pytest.param("bedrock_role_arn", "my-role", "arn:aws:iam::123456789012:role/name", id="role-name"),
        pytest.param("training_instance_type", "g5.xlarge", "ml.g5.xlarge", id="instance-without-ml"),
        pytest.param("base_model_id", "all-MiniLM-L6-v2", "BAAI/bge-base-en-v1.5", id="model-without-owner"),
        pytest.param("region", "Frankfurt", "eu-central-1", id="region-as-city"),
        pytest.param("index_name", "", "Index (or alias)", id="empty-index"),
        pytest.param("index_name", "..", "Index (or alias)", id="index-that-leaves-its-place"),
        pytest.param("index_name", "a/_doc", "Index (or alias)", id="index-with-slash"),
        pytest.param("index_name", "my index", "Index (or alias)", id="index-with-blank"),
        pytest.param("opensearch_endpoint", "search.example.com:9200", "https://host:port", id="url-without-scheme"),
        pytest.param("opensearch_endpoint", "https://host/path", "https://host:port", id="url-with-path"),
    ],
)
def test_read_settings_wrong_form_says_the_valid_one_in_words(
    params: dict[str, Any], name: str, value: str, valid: str
) -> None:
    message = refusal(params, **{name: value})

    assert message.startswith(f"{name} is {value!r}. Valid: ")
    assert valid in message
    assert message.endswith(TO_DO)
    assert "pattern" not in message


def test_read_settings_password_in_the_url_is_refused_and_not_repeated(params: dict[str, Any]) -> None:
    message = refusal(params, opensearch_endpoint="https://admin:hunter2@search:9200")

    assert "hunter2" not in message
    assert "opensearch_conn_id" in message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("indexname", "Did you mean 'index_name'?", id="near-one"),
        pytest.param("learning-rate", "Did you mean 'learning_rate'?", id="hyphen"),
        pytest.param("zzz", "Valid values: input_type, opensearch_endpoint, ", id="far-one"),
    ],
)
def test_read_settings_unknown_name_offers_known_ones(params: dict[str, Any], name: str, message: str) -> None:
    found = refusal(params, **{name: 1})

    assert f"A parameter is {name!r}, which is not known. {message}" in found
    assert found.endswith(TO_DO)


def test_read_settings_everything_wrong_is_said_at_once(params: dict[str, Any]) -> None:
    message = refusal(params, input_type="file", epochs=0, model_name="A B", indexx_name="x")

    assert len(message.splitlines()) == 4
    for name in ("input_type", "epochs", "model_name", "indexx_name"):
        assert name in message


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        pytest.param({"index_name": None}, "index_name is empty. Give the index", id="no-index"),
        pytest.param(
            {"input_type": "s3", "index_name": None}, "s3_corpus_path is empty. Give the JSONL file", id="no-path"
        ),
        pytest.param(
            {"s3_corpus_path": "s3://bucket/docs.jsonl"},
            "s3_corpus_path is given too. Set input_type to 's3'",
            id="both",
        ),
        pytest.param(
            {"input_type": "s3", "s3_corpus_path": "s3://bucket/docs.jsonl"},
            "index_name is given too. Set input_type to 'opensearch'",
            id="both-for-s3",
        ),
        pytest.param(
            {"input_type": "pairs", "index_name": None}, "s3_pairs_path is empty. Give the JSONL file", id="no-pairs"
        ),
        pytest.param(
            {"input_type": "pairs", "s3_pairs_path": "s3://bucket/p.jsonl"},
            "input_type is 'pairs' and index_name is given too. Set input_type to 'opensearch'",
            id="pairs-and-index",
        ),
        pytest.param(
            {"s3_pairs_path": "s3://bucket/p.jsonl", "example_queries_s3_path": "s3://bucket/e.jsonl"},
            "which is not asked if you bring pairs: leave one empty.",
            id="pairs-and-examples",
        ),
        pytest.param({"min_query_words": 9, "max_query_words": 8}, "no query is left", id="no-words-left"),
        pytest.param(
            {"model_type": "highlighter", "consistency_depth": 10}, "finds no documents. Set it to 0.", id="consistency"
        ),
        pytest.param({"guard_queries_s3_path": "s3://bucket/q.jsonl"}, "Give both, or none.", id="guard-no-qrels"),
        pytest.param({"eval_queries_s3_path": "s3://bucket/q.jsonl"}, "Give both, or none.", id="no-qrels"),
        pytest.param({"eval_qrels_s3_path": "s3://bucket/q.tsv"}, "Give both, or none.", id="qrels-without-queries"),
        pytest.param({"record_format": "InvokeModel"}, "choose an 'anthropic.…' model", id="invoke-model-of-others"),
        pytest.param({"max_pairs": 40, "batch_size": 64}, "raise max_pairs or lower batch_size", id="no-batch"),
        pytest.param(
            {"model_type": "highlighter", "highlighter_backend": "onnx"},
            "highlighter_backend is 'onnx' and export_formats is []. Add it to export_formats",
            id="backend-not-exported",
        ),
        pytest.param(
            {"model_type": "highlighter", "eval_queries_s3_path": "s3://b-b/q", "eval_qrels_s3_path": "s3://b-b/r"},
            "Give eval_highlights_s3_path",
            id="highlighter-with-queries",
        ),
        pytest.param({"eval_highlights_s3_path": "s3://b-b/h"}, "choose model_type 'highlighter'", id="dense-passages"),
        pytest.param({"export_formats": ["onnx"]}, "Only a highlighter is exported", id="dense-export"),
        pytest.param(
            {"model_type": "highlighter", "embedding_dimension": 384}, "which makes no vectors", id="no-vectors"
        ),
        pytest.param({"loss": "triplet"}, "set hard_negatives to 1 or more", id="triplet-without-negatives"),
        pytest.param(
            {"loss": "margin_mse", "hard_negatives": 2}, "teacher_model_id is empty. Give", id="distilling-no-teacher"
        ),
        pytest.param(
            {"teacher_model_id": "a/b"}, "loss is 'mnrl', which learns from no teacher", id="teacher-without-distilling"
        ),
        *(
            pytest.param(
                {"model_type": "sparse", **given},
                f"{name} is given and model_type is 'sparse', which has none",
                id=f"sparse-with-{name}",
            )
            for name, given in {
                "pooling": {"pooling": "mean"},
                "query_prefix": {"query_prefix": "query: "},
                "document_prefix": {"document_prefix": "passage: "},
                "loss": {"loss": "gist"},
                "matryoshka_dimensions": {"matryoshka_dimensions": [64]},
                "lora_rank": {"lora_rank": 8},
                "hard_negatives": {"hard_negatives": 3},
                "consistency_depth": {"consistency_depth": 20},
            }.items()
        ),
        pytest.param(
            {"connector_role_arn": "arn:aws:iam::123456789012:role/r", "connector_aws_conn_id": "aws_keys"},
            "On Amazon OpenSearch Service give the role, elsewhere the connection.",
            id="role-and-keys",
        ),
        pytest.param(
            {"evaluation_engine": "opensearch", "max_documents": 200_000},
            "at most 100000 documents",
            id="engine-vectors",
        ),
        pytest.param(
            {"evaluation_engine": "opensearch", "model_type": "highlighter"}, "Choose 'auto'.", id="engine-highlighter"
        ),
        pytest.param({"approval": True, "promote": "never"}, "nobody would be asked", id="approval-of-nothing"),
        pytest.param(
            {"network_isolation": "on"}, "Put the model on S3 and give its s3:// folder", id="isolated-hub-id"
        ),
        pytest.param(
            {"network_isolation": "on", "base_model_id": "s3://b-b/m"},
            "neither wheels_s3_path nor both of training_image_uri and inference_image_uri are given",
            id="isolated-without-packages",
        ),
        pytest.param(
            {
                "network_isolation": "on",
                "base_model_id": "s3://b-b/m",
                "wheels_s3_path": "s3://b-b/w",
                "endpoint_type": "serverless",
            },
            "which SageMaker cannot isolate",
            id="isolated-serverless",
        ),
        pytest.param(
            {"trust_remote_code": True, "model_type": "sparse"}, "no code of a base model is ever run", id="sparse-code"
        ),
        pytest.param({"use_spot": True, "warm_pool_minutes": 5}, "SageMaker keeps no spot instances", id="warm-spot"),
        pytest.param(
            {"training_instance_fallbacks": ["ml.p3.2xlarge"]}, "begins with Turing (g4dn)", id="gpu-before-turing"
        ),
        pytest.param({"max_wait_hours": 30}, "set use_spot to true", id="wait-without-spot"),
        pytest.param(
            {"use_spot": True, "max_wait_hours": 5, "max_runtime_hours": 6},
            "Waiting includes running: raise the first",
            id="wait-shorter-than-runtime",
        ),
        pytest.param(
            {"training_instance_type": "ml.g5.xlarge", "training_instance_fallbacks": ["ml.g6.xlarge", "ml.g5.xlarge"]},
            "with one of them twice. Give each instance once.",
            id="fallback-twice",
        ),
        pytest.param(
            {"training_instance_count": 2, "model_type": "highlighter"},
            "training_instance_count is 2, and model_type 'highlighter' trains in minutes, on one instance. Set it to",
            id="two-instances-for-a-highlighter",
        ),
        pytest.param(
            {"training_instance_count": 2, "model_type": "sparse"},
            "sparse_mode 'doc-only' trains in minutes, on one instance. Set it to 1, or sparse_mode to 'bi-encoder'.",
            id="two-instances-for-one-pass",
        ),
        pytest.param(
            {"training_instance_count": 3, "batch_size": 32},
            "batch_size is 32, and 3 GPUs train (3 x ml.g5.xlarge), among which every batch is divided. Give a",
            id="batch-that-cannot-be-divided",
        ),
        pytest.param(
            {"batch_size": 12, "training_instance_fallbacks": ["ml.g5.48xlarge"]},
            "batch_size is 12, and 8 GPUs train (1 x ml.g5.48xlarge)",
            id="batch-that-a-fallback-cannot-divide",
        ),
        pytest.param(
            {"endpoint_type": "serverless", "endpoint_max_instances": 2}, "which has no instances", id="no-instances"
        ),
        pytest.param(
            {"endpoint_instance_count": 3, "endpoint_max_instances": 2},
            "endpoint_max_instances is 2 and endpoint_instance_count is 3, which is the least.",
            id="most-below-least",
        ),
        pytest.param({"bucket": None}, "bucket is empty. Give the S3 bucket", id="no-bucket"),
        pytest.param({"bedrock_role_arn": None}, "bedrock_role_arn is empty. Give", id="no-bedrock-role"),
        pytest.param({"sagemaker_role_arn": None}, "sagemaker_role_arn is empty. Give", id="no-sagemaker-role"),
    ],
)
def test_read_settings_contradiction_says_what_to_do(
    params: dict[str, Any], changed: dict[str, Any], message: str
) -> None:
    assert message in refusal(params, **changed)


def test_read_settings_nothing_given_names_everything_that_is_needed() -> None:
    message = refusal({})

    for name in ("index_name", "bucket", "bedrock_role_arn", "sagemaker_role_arn"):
        assert f"{name} is empty" in message


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"record_format": "InvokeModel", "bedrock_model_id": "eu.anthropic.claude-x-v1:0"}, id="claude"),
        pytest.param({"base_model_id": "s3://bucket/models/base/"}, id="model-on-s3"),
        pytest.param({"opensearch_endpoint": "https://search-x.eu-west-1.es.amazonaws.com"}, id="aws-domain"),
        pytest.param({"opensearch_endpoint": "http://[::1]:9200/"}, id="ipv6"),
        pytest.param({"region": "us-gov-west-1"}, id="gov-cloud"),
        pytest.param({"bedrock_role_arn": "arn:aws-cn:iam::123456789012:role/path/name"}, id="china"),
        pytest.param({"training_instance_type": "ml.p4d.24xlarge"}, id="large-instance"),
        pytest.param({"use_spot": True, "training_instance_fallbacks": ["ml.g6.xlarge"]}, id="spot-with-fallback"),
        pytest.param({"training_instance_count": 4}, id="four-instances"),
        pytest.param({"model_type": "highlighter", "training_instance_type": "ml.g5.48xlarge"}, id="one-gpu-of-eight"),
        pytest.param({"endpoint_instance_count": 2, "endpoint_max_instances": 2}, id="endpoint-that-stays"),
        pytest.param({"index_name": "docs-*"}, id="index-pattern"),
        pytest.param({"index_name": "docs-1,docs-2"}, id="two-indices"),
        pytest.param({"index_name": ".ds-logs-000001"}, id="backing-index"),
        pytest.param({"max_documents": "500"}, id="number-as-text"),
        pytest.param({"s3_pairs_path": "s3://bucket/p.jsonl", "bedrock_role_arn": None}, id="own-pairs-for-an-index"),
        pytest.param(
            {"input_type": "pairs", "index_name": None, "s3_pairs_path": "s3://bucket/p/", "bedrock_role_arn": None},
            id="own-pairs-alone",
        ),
    ],
)
def test_read_settings_valid_value_is_taken(params: dict[str, Any], changed: dict[str, Any]) -> None:
    read_settings({**params, **changed})
