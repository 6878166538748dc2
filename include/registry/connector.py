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

_Parts = tuple[dict[str, str], dict[str, str]]
_TEXTS = "connector.pre_process.default.embedding"
_HIGHLIGHTING: _Parts = (
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
    name: str,
    url: str,
    region: str,
    credential: dict[str, str],
    model_type: str = "dense",
    input_type: str = "document",
) -> dict[str, Any]:
    """Body that creates the connector of a model; ML Commons makes no retries by itself.

    Dense: `response_filter` takes the vectors out of the handler's `{"embeddings": …}`. Sparse: the handler's list of
    `{token: weight}` is taken as it is. Highlighter: after ML Commons' blueprint, for single and batch requests alike,
    with texts escaped whatever they hold.

    Args:
        name: shown in the cluster; not unique there, so the description carries a digest of what was asked for.
        url: of the endpoint, see `invocation_url`.
        region: for which requests are signed.
        credential: `{"roleArn"}` on Amazon OpenSearch Service, `{"access_key", "secret_key"}` elsewhere.
        model_type: `dense`, `sparse` or `highlighter`.
        input_type: what the texts are, `document` or `query`; the endpoint may treat them differently.
    """
    parameters, request = _parts(model_type, input_type)
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


def _parts(model_type: str, input_type: str) -> _Parts:
    """Parameters, and what the action sends and does with the answer."""
    if model_type == "highlighter":
        return _HIGHLIGHTING
    request = {
        "request_body": f'{{"inputs": ${{parameters.input}}, "input_type": "{input_type}"}}',
        "pre_process_function": _TEXTS,
    }
    if model_type == "sparse":
        return {}, request
    vectors = {"post_process_function": "connector.post_process.default.embedding"}
    return {"response_filter": "$.embeddings"}, {**request, **vectors}


def spec_digest(body: dict[str, Any]) -> str:
    """Twelve digits that tell one body from another; secrets do not enter."""
    shown = {name: value for name, value in body.items() if name not in ("credential", "description")}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]
