"""The cluster settings of ML Commons and neural-search that the plain server does not know, with their defaults.

The defaults are those of 3.4.0 (recording default_settings.json). Set values live in the cluster state, in the `_meta`
of a component template: they are there as soon as the cluster is, need no index, and outlive every restart. Transient
ones live in this process, as they live in the cluster's memory.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from local.gateway.errors import OpenSearchError, UpstreamError

if TYPE_CHECKING:
    from local.gateway.upstream import Upstream

Value = str | list[str]

PREFIXES = ("plugins.ml_commons.", "plugins.neural_search.")
TEMPLATE = "/_component_template/ml-commons-settings"

PRIVATE_IP = "plugins.ml_commons.connector.private_ip_enabled"
TRUSTED = "plugins.ml_commons.trusted_connector_endpoints_regex"
MCP = "plugins.ml_commons.mcp_connector_enabled"
REMOTE_INFERENCE = "plugins.ml_commons.remote_inference.enabled"
AUTO_DEPLOY = "plugins.ml_commons.model_auto_deploy.enable"
CUSTOM_DEPLOYMENT = "plugins.ml_commons.allow_custom_deployment_plan"

DEFAULTS: dict[str, Value] = {
    "plugins.ml_commons.agent_framework_enabled": "true",
    "plugins.ml_commons.agentic_memory_enabled": "true",
    "plugins.ml_commons.allow_custom_deployment_plan": "false",
    "plugins.ml_commons.allow_registering_model_via_local_file": "false",
    "plugins.ml_commons.allow_registering_model_via_url": "false",
    "plugins.ml_commons.batch_ingestion_bulk_size": "500",
    "plugins.ml_commons.connector.private_ip_enabled": "false",
    "plugins.ml_commons.connector_access_control_enabled": "false",
    "plugins.ml_commons.controller_enabled": "true",
    "plugins.ml_commons.disk_free_space_threshold": "5368709120b",
    "plugins.ml_commons.enable_inhouse_python_model": "false",
    "plugins.ml_commons.exclude_nodes._name": "",
    "plugins.ml_commons.execute_tools_enabled": "true",
    "plugins.ml_commons.global_tenant_id": "",
    "plugins.ml_commons.index_insight_feature_enabled": "false",
    "plugins.ml_commons.jvm_heap_memory_threshold": "85",
    "plugins.ml_commons.local_model.enabled": "true",
    "plugins.ml_commons.max_batch_inference_tasks": "100",
    "plugins.ml_commons.max_batch_ingestion_tasks": "100",
    "plugins.ml_commons.max_deploy_model_tasks_per_node": "10",
    "plugins.ml_commons.max_ml_task_per_node": "10",
    "plugins.ml_commons.max_model_on_node": "10",
    "plugins.ml_commons.max_register_model_tasks_per_node": "10",
    "plugins.ml_commons.mcp_connector_enabled": "false",
    "plugins.ml_commons.mcp_server_enabled": "false",
    "plugins.ml_commons.memory_feature_enabled": "true",
    "plugins.ml_commons.metrics_collection_enabled": "false",
    "plugins.ml_commons.metrics_static_collection_enabled": "false",
    "plugins.ml_commons.ml_task_timeout_in_seconds": "600",
    "plugins.ml_commons.model_access_control_enabled": "false",
    "plugins.ml_commons.model_auto_deploy.enable": "true",
    "plugins.ml_commons.model_auto_redeploy.enable": "true",
    "plugins.ml_commons.model_auto_redeploy.lifetime_retry_times": "3",
    "plugins.ml_commons.model_auto_redeploy_success_ratio": "0.8",
    "plugins.ml_commons.monitoring_request_count": "100",
    "plugins.ml_commons.multi_tenancy_enabled": "false",
    "plugins.ml_commons.native_memory_threshold": "90",
    "plugins.ml_commons.offline_batch_inference_enabled": "true",
    "plugins.ml_commons.offline_batch_ingestion_enabled": "true",
    "plugins.ml_commons.only_run_on_ml_node": "true",
    "plugins.ml_commons.rag_pipeline_feature_enabled": "true",
    "plugins.ml_commons.remote_inference.enabled": "true",
    "plugins.ml_commons.remote_job.status_field": ["status", "Status", "TransformJobStatus"],
    "plugins.ml_commons.remote_job.status_regex.cancelled": "(stopped|cancelled)",
    "plugins.ml_commons.remote_job.status_regex.cancelling": "(stopping|cancelling)",
    "plugins.ml_commons.remote_job.status_regex.completed": "(complete|completed|partiallyCompleted)",
    "plugins.ml_commons.remote_job.status_regex.expired": "(expired|timeout)",
    "plugins.ml_commons.remote_job.status_regex.failed": "(failed)",
    "plugins.ml_commons.remote_metadata_endpoint": "",
    "plugins.ml_commons.remote_metadata_global_resource_cache_ttl": "",
    "plugins.ml_commons.remote_metadata_region": "",
    "plugins.ml_commons.remote_metadata_service_name": "",
    "plugins.ml_commons.remote_metadata_type": "",
    "plugins.ml_commons.safe_delete_model": "false",
    "plugins.ml_commons.stream_enabled": "false",
    "plugins.ml_commons.sync_up_job_interval_in_seconds": "10",
    "plugins.ml_commons.task_dispatch_policy": "round_robin",
    "plugins.ml_commons.task_dispatcher.eligible_node_role.local_model": ["data", "ml"],
    "plugins.ml_commons.task_dispatcher.eligible_node_role.remote_model": ["data", "ml"],
    "plugins.ml_commons.trusted_connector_endpoints_regex": [
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
    ],
    "plugins.ml_commons.trusted_url_regex": "^(https?|ftp|file)://[-a-zA-Z0-9+&@#/%?=~_|!:,.;]*[-a-zA-Z0-9+&@#/%=~_|]",
    "plugins.neural_search.circuit_breaker.limit": "10%",
    "plugins.neural_search.circuit_breaker.overhead": "1.0",
    "plugins.neural_search.reranker_max_document_fields": "50",
    "plugins.neural_search.sparse.algo_param.index_thread_qty": "1",
    "plugins.neural_search.stats_enabled": "false",
}


class Settings:
    """The values in force, by name; loaded from the cluster on first use."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._persistent: dict[str, Value] | None = None
        self.transient: dict[str, Value] = {}

    async def persistent(self) -> dict[str, Value]:
        """What is set for good, without defaults."""
        if self._persistent is None:
            self._persistent = await self._load()
        return self._persistent

    async def value(self, name: str) -> Value:
        """The value in force: transient, else persistent, else default."""
        return {**DEFAULTS, **await self.persistent(), **self.transient}[name]

    async def on(self, name: str) -> bool:
        """Whether a boolean setting is on."""
        return await self.value(name) == "true"

    async def trusted(self, url: str) -> bool:
        """Whether a connector may call `url`: a whole match of one of the trusted expressions.

        Raises:
            OpenSearchError: 400, an expression before the one that matches is none.
        """
        return any(_matches(expression, url) for expression in await self.value(TRUSTED))

    async def change(self, persistent: dict[str, Any], transient: dict[str, Any]) -> None:
        """Set values, as `checked` returned them; None takes one away, also by a pattern such as `plugins.*`."""
        if persistent:
            self._persistent = _merged(await self.persistent(), persistent)
            await self._upstream.call("PUT", TEMPLATE, {"template": {}, "_meta": self._persistent})
        self.transient = _merged(self.transient, transient)

    def forget(self) -> None:
        """Read the cluster's values anew: it was restarted, and what was transient is gone."""
        self._persistent = None
        self.transient = {}

    async def _load(self) -> dict[str, Value]:
        try:
            answer = await self._upstream.call("GET", TEMPLATE)
        except UpstreamError as error:
            if error.status == 404:
                return {}
            raise
        stored: dict[str, Value] = answer["component_templates"][0]["component_template"].get("_meta", {})
        return stored


def _matches(expression: str, url: str) -> bool:
    try:
        return re.fullmatch(expression, url) is not None
    except re.error as error:
        raise OpenSearchError(400, "pattern_syntax_exception", f"{error} in {expression}") from error


def _merged(old: dict[str, Value], changes: dict[str, Any]) -> dict[str, Value]:
    gone = [name for name, value in changes.items() if value is None]
    kept = {name: value for name, value in old.items() if not any(fnmatchcase(name, pattern) for pattern in gone)}
    return {**kept, **{name: value for name, value in changes.items() if value is not None}}
