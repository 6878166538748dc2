"""The connector through which OpenSearch calls the endpoint."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from include.registry.painless import QUESTION_AND_CONTEXT

CLIENT_CONFIG = {
    "max_connection": 50,
    "connection_timeout": 5,
    "read_timeout": 60,
    "retry_backoff_policy": "exponential_equal_jitter",
    "max_retry_times": 3,
    "retry_backoff_millis": 200,
    "retry_timeout_seconds": 30,
}

_EMBEDDING = (
    {"response_filter": "$.embeddings"},
    {
        "request_body": '{"inputs": ${parameters.input}}',
        "pre_process_function": "connector.pre_process.default.embedding",
        "post_process_function": "connector.post_process.default.embedding",
    },
)
_HIGHLIGHTING: tuple[dict[str, str], dict[str, str]] = (
    {},
    {
        "request_body": (
            '{"question": "${parameters.question:-}", "context": "${parameters.context:-}", '
            '"inputs": ${parameters.inputs:-null}}'
        ),
        "pre_process_function": QUESTION_AND_CONTEXT,
    },
)


def invocation_url(runtime_endpoint: str, endpoint_name: str) -> str:
    """URL of the endpoint below the SageMaker runtime's own, as the AWS client knows it."""
    return f"{runtime_endpoint.rstrip('/')}/endpoints/{endpoint_name}/invocations"


def connector_body(
    name: str, url: str, region: str, credential: dict[str, str], model_type: str = "dense"
) -> dict[str, Any]:
    """Body that creates the connector of a model; ML Commons makes no retries by itself.

    Dense: `response_filter` takes the vectors out of the handler's `{"embeddings": …}`. Highlighter: after ML Commons'
    blueprint, for single and batch requests alike, with texts escaped whatever they hold.

    Args:
        name: shown in the cluster; not unique there, so the description carries a digest of what was asked for.
        url: of the endpoint, see `invocation_url`.
        region: for which requests are signed.
        credential: `{"roleArn"}` on Amazon OpenSearch Service, `{"access_key", "secret_key"}` elsewhere.
        model_type: `dense` or `highlighter`.
    """
    parameters, request = _HIGHLIGHTING if model_type == "highlighter" else _EMBEDDING
    body = {
        "name": name,
        "version": "1",
        "protocol": "aws_sigv4",
        "parameters": {"region": region, "service_name": "sagemaker", **parameters},
        "credential": credential,
        "client_config": CLIENT_CONFIG,
        "actions": [
            {
                "action_type": "predict",
                "method": "POST",
                "url": url,
                "headers": {"content-type": "application/json"},
                **request,
            }
        ],
    }
    return {**body, "description": f"{model_type.capitalize()} model {name} on SageMaker ({spec_digest(body)})"}


def spec_digest(body: dict[str, Any]) -> str:
    """Twelve digits that tell one body from another; secrets do not enter."""
    shown = {name: value for name, value in body.items() if name not in ("credential", "description")}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]
