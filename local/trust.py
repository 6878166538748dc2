"""The cluster settings without which ML Commons would not call a model on this machine."""

from __future__ import annotations

from local import LocalError
from local.health import request_json
from local.ports import HOST

# The defaults of ML Commons 3.4.0; setting the list replaces them.
DEFAULT_ENDPOINTS = (
    r"^https://runtime\.sagemaker\..*[a-z0-9-]\.amazonaws\.com/.*$",
    r"^https://api\.sagemaker\..*[a-z0-9-]\.amazonaws\.com/.*$",
    r"^https://api\.openai\.com/.*$",
    r"^https://api\.cohere\.ai/.*$",
    r"^https://api\.deepseek\.com/.*$",
    r"^https://bedrock-runtime\..*[a-z0-9-]\.amazonaws\.com/.*$",
    r"^https://bedrock-agent-runtime\..*[a-z0-9-]\.amazonaws\.com/.*$",
    r"^https://bedrock\..*[a-z0-9-]\.amazonaws\.com/.*$",
    r"^https://textract\..*[a-z0-9-]\.amazonaws\.com$",
    r"^https://comprehend\..*[a-z0-9-]\.amazonaws\.com$",
    r"^https://rekognition(-fips)?\..*[a-z0-9-]\.amazonaws\.com$",
)


def local_model_settings(aws_port: int) -> dict[str, object]:
    """Settings under which connectors may call the endpoints of the AWS stand-in, and nothing else of this machine."""
    local = rf"^http://{HOST.replace('.', chr(92) + '.')}:{aws_port}/endpoints/.*$"
    return {
        "plugins.ml_commons.trusted_connector_endpoints_regex": [local, *DEFAULT_ENDPOINTS],
        "plugins.ml_commons.connector.private_ip_enabled": True,
        "plugins.ml_commons.only_run_on_ml_node": False,
    }


def trust_local_models(gateway: str, aws_port: int) -> None:
    """Put those settings, persistently.

    Raises:
        LocalError: the gateway refuses them.
    """
    body = {"persistent": local_model_settings(aws_port)}
    status, answer = request_json(f"{gateway}/_cluster/settings", "PUT", body, timeout_s=30)
    if status >= 400:
        raise LocalError(f"The gateway at {gateway} refuses the settings for local models ({status}): {answer}")
