"""The cluster settings under which OpenSearch calls models on this machine, and highlights in batches."""

from __future__ import annotations

import re

from local import LocalError
from local.gateway.settings import DEFAULTS, PRIVATE_IP, TRUSTED
from local.health import request_json
from local.ports import HOST


def local_model_settings(aws_url: str) -> dict[str, object]:
    """Settings under which connectors may call the endpoints of the AWS stand-in, and nothing else of this machine."""
    local = rf"^{re.escape(aws_url)}/endpoints/.*$"
    return {
        TRUSTED: [local, *DEFAULTS[TRUSTED]],  # the setting is replaced as a whole
        PRIVATE_IP: True,
        "plugins.ml_commons.only_run_on_ml_node": False,
        # So that `_search` can highlight many hits with one call of a model.
        "cluster.search.enabled_system_generated_factories": ["semantic-highlighter"],
    }


def trust_local_models(gateway: str, aws_port: int) -> None:
    """Put those settings, persistently.

    Raises:
        LocalError: the gateway refuses them.
    """
    body = {"persistent": local_model_settings(f"http://{HOST}:{aws_port}")}
    status, answer = request_json(f"{gateway}/_cluster/settings", "PUT", body, timeout_s=30)
    if status >= 400:
        raise LocalError(f"The gateway at {gateway} refuses the settings for local models ({status}): {answer}")
