"""The connector against what a real OpenSearch 3.4.0 was recorded to take and to do (recordings, 13_aws_sigv4)."""

from __future__ import annotations

import json
from string import Template
from typing import Any

import pytest

from include.registry.connector import connector_body, invocation_url, spec_digest

# Created and answered 200; `{"embeddings": …}` came out of it as vectors only with `response_filter`.
RECORDED = {
    "version": "1",
    "protocol": "aws_sigv4",
    "parameters": {"region": "us-east-1", "service_name": "sagemaker", "response_filter": "$.embeddings"},
    "credential": {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"},
    "actions": [
        {
            "action_type": "predict",
            "method": "POST",
            "headers": {"content-type": "application/json"},
            "url": "http://127.0.0.1:9399/sm_embed_dict",
            # The side is ours; the rest of the body as recorded.
            "request_body": '{"inputs": ${parameters.input}, "input_type": "document"}',
            "pre_process_function": "connector.pre_process.default.embedding",
            "post_process_function": "connector.post_process.default.embedding",
        }
    ],
}
# Taken, returned 200.
RECORDED_CLIENT_CONFIG = {
    "max_connection",
    "connection_timeout",
    "read_timeout",
    "retry_backoff_policy",
    "max_retry_times",
    "retry_backoff_millis",
}
KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"}


def body(**changed: Any) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "name": "model-run",
        "url": "http://127.0.0.1:9399/sm_embed_dict",
        "region": "us-east-1",
        "credential": KEYS,
    }
    return connector_body(**{**arguments, **changed})


def test_connector_body_is_what_was_recorded_to_work() -> None:
    found = body()

    assert {name: value for name, value in found.items() if name in RECORDED} == RECORDED
    assert found["name"] == "model-run"
    assert found["client_config"].keys() - RECORDED_CLIENT_CONFIG == {"retry_timeout_seconds"}


def test_connector_body_retries_what_may_pass() -> None:
    """By itself ML Commons retries nothing, and SageMaker throttles."""
    config = body()["client_config"]

    assert config["max_retry_times"] > 0
    assert config["retry_backoff_policy"] in ("constant", "exponential_equal_jitter", "exponential_full_jitter")


def test_connector_body_of_a_role_carries_nothing_else() -> None:
    role = {"roleArn": "arn:aws:iam::123456789012:role/connector"}

    assert body(credential=role)["credential"] == role


@pytest.mark.parametrize("model_type", ["dense", "sparse"])
@pytest.mark.parametrize("side", ["document", "query"])
def test_connector_request_body_becomes_json_with_a_list_of_texts_and_their_side(model_type: str, side: str) -> None:
    template = body(model_type=model_type, input_type=side)["actions"][0]["request_body"]
    texts = ['a "quoted" text', "two\nlines"]

    sent = json.loads(template.replace("${parameters.input}", json.dumps(texts)))
    assert sent == {"inputs": texts, "input_type": side}


def test_connector_body_of_a_sparse_model_leaves_the_answer_as_it_is() -> None:
    """As recorded (14_sparse_hybrid_reindex): `[{token: weight}, …]` and no post-processing."""
    found = body(model_type="sparse")

    assert "post_process_function" not in found["actions"][0]
    assert found["actions"][0]["pre_process_function"] == "connector.pre_process.default.embedding"
    assert found["parameters"] == {"region": "us-east-1", "service_name": "sagemaker"}
    assert found["description"].startswith("Sparse model model-run on SageMaker")


def test_description_names_the_connector_and_its_digest() -> None:
    assert body()["description"] == f"Dense model model-run on SageMaker ({spec_digest(body())})"
    assert len(spec_digest(body())) == 12


@pytest.mark.parametrize(
    "credential",
    [
        pytest.param({"access_key": "OTHER", "secret_key": "other"}, id="other-keys"),
        pytest.param({"roleArn": "arn:aws:iam::123456789012:role/r"}, id="role"),
        pytest.param({}, id="none"),
    ],
)
def test_spec_digest_ignores_the_secret(credential: dict[str, str]) -> None:
    assert spec_digest(body(credential=credential)) == spec_digest(body())
    assert body(credential=credential)["description"] == body()["description"]
    assert "secretexample" not in body()["description"]


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"name": "other"}, id="name"),
        pytest.param({"url": "http://127.0.0.1:9399/other"}, id="url"),
        pytest.param({"region": "eu-west-1"}, id="region"),
        pytest.param({"input_type": "query"}, id="side"),
    ],
)
def test_spec_digest_tells_another_connector_apart(changed: dict[str, Any]) -> None:
    assert spec_digest(body(**changed)) != spec_digest(body())


def test_spec_digest_does_not_depend_on_the_order_of_names() -> None:
    assert spec_digest(dict(reversed(body().items()))) == spec_digest(body())


@pytest.mark.parametrize("runtime", ["https://runtime.sagemaker.eu-west-1.amazonaws.com", "http://127.0.0.1:4566/"])
def test_invocation_url_is_below_the_runtime(runtime: str) -> None:
    assert invocation_url(runtime, "model-run") == f"{runtime.rstrip('/')}/endpoints/model-run/invocations"


def test_connector_of_a_highlighter_is_the_blueprints_for_single_and_batch() -> None:
    body = connector_body("h", "https://host/endpoints/h/invocations", "eu-central-1", {}, "highlighter")
    (action,) = body["actions"]

    template = Template(
        action["request_body"].replace("${parameters.", "${").replace(":-null}", "}").replace(":-}", "}")
    )
    assert json.loads(template.substitute(question="q", context="c", inputs="[1]")) == {
        "question": "q",
        "context": "c",
        "inputs": [1],
    }
    assert "response_filter" not in body["parameters"]
    assert "post_process_function" not in action
    assert body["description"].startswith("Highlighter model h")
    assert "${" not in action["pre_process_function"]  # ML Commons would put its own values in
