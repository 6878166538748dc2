"""The system indices of ML Commons: their names, settings and mappings, as version 3.4.0.0 creates them.

What is not mapped here is mapped dynamically there too; `connector_id` of a model is one such field, so that looking
for the models of a connector is a full-text match, tokens and all.
"""

from __future__ import annotations

from typing import Any

CONNECTORS = ".plugins-ml-connector"
MODELS = ".plugins-ml-model"
MODEL_GROUPS = ".plugins-ml-model-group"
TASKS = ".plugins-ml-task"
CONFIG = ".plugins-ml-config"
CONTROLLERS = ".plugins-ml-controller"

_KEYWORD = {"type": "keyword"}
_TEXT = {"type": "text"}
_INTEGER = {"type": "integer"}
_BOOLEAN = {"type": "boolean"}
_FLAT = {"type": "flat_object"}
_TIME = {"type": "date", "format": "strict_date_time||epoch_millis"}
_NAME = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}

_CONNECTOR_FIELDS: dict[str, Any] = {
    "name": _NAME,
    "version": _KEYWORD,
    "description": _TEXT,
    "protocol": _KEYWORD,
    "parameters": _FLAT,
    "credential": _FLAT,
    "client_config": _FLAT,
    "actions": _FLAT,
    "access": _KEYWORD,
    "backend_roles": _NAME,
    "created_time": _TIME,
    "last_updated_time": _TIME,
}
_MODEL_FIELDS: dict[str, Any] = {
    "algorithm": _KEYWORD,
    "name": _NAME,
    "model_version": _KEYWORD,
    "model_group_id": _KEYWORD,
    "model_id": _KEYWORD,
    "description": _TEXT,
    "model_state": _KEYWORD,
    "planning_worker_node_count": _INTEGER,
    "current_worker_node_count": _INTEGER,
    "planning_worker_nodes": _KEYWORD,
    "deploy_to_all_nodes": _BOOLEAN,
    "is_hidden": _BOOLEAN,
    "deploy_setting": _FLAT,
    "is_enabled": _BOOLEAN,
    "rate_limiter": _FLAT,
    "auto_redeploy_retry_times": _INTEGER,
    "interface": _FLAT,
    "connector": {"properties": _CONNECTOR_FIELDS},
    "created_time": _TIME,
    "last_updated_time": _TIME,
    "last_deployed_time": _TIME,
}
_GROUP_FIELDS: dict[str, Any] = {
    "name": _NAME,
    "description": _TEXT,
    "latest_version": _INTEGER,
    "access": _KEYWORD,
    "backend_roles": _NAME,
    "created_time": _TIME,
    "last_updated_time": _TIME,
}
_TASK_FIELDS: dict[str, Any] = {
    "model_id": _KEYWORD,
    "task_type": _KEYWORD,
    "function_name": _KEYWORD,
    "state": _KEYWORD,
    "worker_node": _KEYWORD,
    "error": _TEXT,
    "is_async": _BOOLEAN,
    "create_time": _TIME,
    "last_update_time": _TIME,
}
_CONFIG_FIELDS: dict[str, Any] = {"master_key": _KEYWORD, "config_type": _KEYWORD, "create_time": _TIME}

FIELDS = {
    CONNECTORS: _CONNECTOR_FIELDS,
    MODELS: _MODEL_FIELDS,
    MODEL_GROUPS: _GROUP_FIELDS,
    TASKS: _TASK_FIELDS,
    CONFIG: _CONFIG_FIELDS,
}


def creation(index: str) -> dict[str, Any]:
    """The body that creates the system index `index`."""
    settings = {"index": {"number_of_shards": 1, "auto_expand_replicas": "0-1"}}
    return {"settings": settings, "mappings": {"properties": FIELDS[index]}}
