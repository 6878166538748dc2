"""A connector: how its JSON is read and checked, what is stored of it, what is shown."""

from __future__ import annotations

from typing import Any

from local.gateway.bodies import boolean, text, texts
from local.gateway.errors import refuse
from local.gateway.java import gson
from local.gateway.java.templates import substitute

PROTOCOLS = ("http", "aws_sigv4")
ACTION_TYPES = ("PREDICT", "EXECUTE", "BATCH_PREDICT", "CANCEL_BATCH_PREDICT", "BATCH_PREDICT_STATUS")
RETRY_POLICIES = ("constant", "exponential_equal_jitter", "exponential_full_jitter")
# Seconds, all of them: 30,000 s is what the plugin takes where the connector says nothing.
CLIENT_CONFIG: dict[str, Any] = {
    "max_connection": 30,
    "connection_timeout": 30_000,
    "read_timeout": 30_000,
    "retry_backoff_millis": 200,
    "retry_timeout_seconds": 30,
    "max_retry_times": 0,
    "retry_backoff_policy": "constant",
}
_TEXT_FIELDS = ("name", "description", "version", "protocol")
_ACTION_FIELDS = ("method", "url", "request_body", "pre_process_function", "post_process_function")
_ACCESS_FIELDS = ("backend_roles", "add_all_backend_roles", "access_mode")


def parsed(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a connector that `body` gives, in the form in which they are stored; unknown fields are dropped.

    Raises:
        OpenSearchError: an action, a retry policy or a text is wrong; nothing else is looked at.
    """
    if any(body.get(name) for name in _ACCESS_FIELDS):
        raise refuse("connector_access_control")
    fields: dict[str, Any] = {name: text(value) for name, value in body.items() if name in _TEXT_FIELDS}
    if "parameters" in body:
        fields["parameters"] = parameter_texts(body["parameters"])
    if "credential" in body:
        fields["credential"] = texts(body["credential"])
    if body.get("actions") is not None:
        fields["actions"] = [_action(action) for action in body["actions"]]
    if "client_config" in body:
        fields["client_config"] = _client_config(body["client_config"])
    return fields


def check_complete(connector: dict[str, Any]) -> None:
    """Refuse a connector that lacks what it cannot do without.

    Raises:
        OpenSearchError: the first thing that is missing, in the plugin's order.
    """
    for name in ("name", "version", "protocol"):
        if connector.get(name) is None:
            raise refuse(f"connector_{name}_missing")
    if not connector.get("credential"):
        raise refuse("connector_credential_missing")
    check_protocol(connector)


def check_protocol(connector: dict[str, Any]) -> None:
    """Refuse a protocol that is none, or lacks its parameters.

    Raises:
        OpenSearchError: unknown protocol; `aws_sigv4` without keys, service or region (a role ARN is no key: only
            Amazon OpenSearch Service can assume it).
    """
    protocol = connector.get("protocol")
    if protocol not in PROTOCOLS:
        raise refuse("connector_protocol_unknown", protocol=protocol)
    if protocol == "aws_sigv4":
        _check_aws(connector.get("credential") or {}, connector.get("parameters") or {})


def _check_aws(credential: dict[str, str], parameters: dict[str, str]) -> None:
    if not {"access_key", "secret_key"} <= credential.keys():
        raise refuse("aws_credential_missing")
    for name, refusal in (("service_name", "aws_service_missing"), ("region", "aws_region_missing")):
        if name not in credential and name not in parameters:
            raise refuse(refusal)


def urls(connector: dict[str, Any]) -> list[str]:
    """The URLs the connector calls, with its own parameters filled in.

    Raises:
        OpenSearchError: it has no list of actions; an empty one will do.
    """
    if connector.get("actions") is None:
        raise refuse("connector_actions_missing")
    return [substitute(action["url"], connector.get("parameters") or {}) for action in connector["actions"]]


def find_action(connector: dict[str, Any], kind: str = "PREDICT") -> dict[str, Any] | None:
    """The connector's action of that kind, None if it has none."""
    return next((action for action in connector.get("actions") or [] if action["action_type"] == kind), None)


def public(connector: dict[str, Any]) -> dict[str, Any]:
    """The connector as GET shows it: never with its credential."""
    return {name: value for name, value in connector.items() if name != "credential"}


def client_config(connector: dict[str, Any]) -> dict[str, Any]:
    """The connector's client configuration, with the plugin's defaults."""
    return {**CLIENT_CONFIG, **(connector.get("client_config") or {})}


def parameter_texts(values: dict[str, Any]) -> dict[str, str]:
    """Parameters as the plugin keeps them: texts as they are, all else as JSON text."""
    return {name: value if isinstance(value, str) else gson.dumps(value) for name, value in values.items()}


def _action(body: dict[str, Any]) -> dict[str, Any]:
    action: dict[str, Any] = {}
    for name, value in body.items():
        if name == "action_type":
            action[name] = _action_type(text(value).upper())
        elif name == "headers":
            action[name] = texts(value)
        elif name in _ACTION_FIELDS:
            action[name] = text(value)
    for name, refusal in (("action_type", "type"), ("url", "url"), ("method", "method")):
        if name not in action:
            raise refuse(f"action_{refusal}_missing")
    return action


def _action_type(name: str) -> str:
    if name not in ACTION_TYPES:
        raise refuse("action_type_unknown", name=name)
    return name


def _client_config(body: dict[str, Any]) -> dict[str, Any]:
    config = dict(CLIENT_CONFIG)
    for name, value in body.items():
        if name == "retry_backoff_policy":
            config[name] = text(value).lower()
        elif name in config:
            config[name] = int(value)
    if config["retry_backoff_policy"] not in RETRY_POLICIES:
        raise refuse("retry_policy_unknown")
    return config


def dry_run(body: dict[str, Any]) -> bool:
    """Whether the request only asks if it would be accepted."""
    return boolean(body.get("dry_run", False))
