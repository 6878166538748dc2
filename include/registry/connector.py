"""The connector through which OpenSearch calls the endpoint."""

from __future__ import annotations

import hashlib
import json
from typing import Any

CLIENT_CONFIG = {
    "max_connection": 50,
    "connection_timeout": 5,
    "read_timeout": 60,
    "retry_backoff_policy": "exponential_equal_jitter",
    "max_retry_times": 3,
    "retry_backoff_millis": 200,
    "retry_timeout_seconds": 30,
}


def invocation_url(runtime_endpoint: str, endpoint_name: str) -> str:
    """URL of the endpoint below the SageMaker runtime's own, as the AWS client knows it."""
    return f"{runtime_endpoint.rstrip('/')}/endpoints/{endpoint_name}/invocations"


def connector_body(name: str, url: str, region: str, credential: dict[str, str]) -> dict[str, Any]:
    """Body that creates the connector of a dense model.

    `response_filter` takes the vectors out of the handler's `{"embeddings": …}`; ML Commons makes no retries by itself.

    Args:
        name: shown in the cluster; not unique there, so the description carries a digest of what was asked for.
        url: of the endpoint, see `invocation_url`.
        region: for which requests are signed.
        credential: `{"roleArn"}` on Amazon OpenSearch Service, `{"access_key", "secret_key"}` elsewhere.
    """
    body = {
        "name": name,
        "version": "1",
        "protocol": "aws_sigv4",
        "parameters": {"region": region, "service_name": "sagemaker", "response_filter": "$.embeddings"},
        "credential": credential,
        "client_config": CLIENT_CONFIG,
        "actions": [
            {
                "action_type": "predict",
                "method": "POST",
                "url": url,
                "headers": {"content-type": "application/json"},
                "request_body": '{"inputs": ${parameters.input}}',
                "pre_process_function": "connector.pre_process.default.embedding",
                "post_process_function": "connector.post_process.default.embedding",
            }
        ],
    }
    return {**body, "description": f"Dense model {name} on SageMaker ({spec_digest(body)})"}


def spec_digest(body: dict[str, Any]) -> str:
    """Twelve digits that tell one body from another; secrets do not enter."""
    shown = {name: value for name, value in body.items() if name not in ("credential", "description")}
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]
