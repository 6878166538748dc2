"""A connector: how its JSON is read and checked, what is stored of it, what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import xcontent
from local.gateway.errors import OpenSearchError, refuse
from local.gateway.java import gson
from local.gateway.java.templates import substitute

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.xcontent import Value

PROTOCOLS = ("http", "aws_sigv4")
MCP_PROTOCOLS = ("mcp_sse", "mcp_streamable_http")
ACTION_TYPES = ("PREDICT", "EXECUTE", "BATCH_PREDICT", "CANCEL_BATCH_PREDICT", "BATCH_PREDICT_STATUS")
RETRY_POLICIES = ("constant", "exponential_equal_jitter", "exponential_full_jitter")
ACCESS_MODES = ("public", "private", "restricted")
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
_ACTION_FIELDS = ("method", "url", "request_body", "pre_process_function", "post_process_function")
# What a request may hold that is not stored with the connector.
_OF_REQUEST = ("access_mode", "add_all_backend_roles", "dry_run", "url", "headers")


def parsed(body: Value) -> dict[str, Any]:
    """The fields of a request to create or update a connector, read in their order; unknown ones are dropped.

    Raises:
        OpenSearchError: a field is of the wrong kind, or an action or a retry policy is wrong.
    """
    return {name: _FIELDS[name](value) for name, value in body.object() if name in _FIELDS}


def stored(fields: dict[str, Any]) -> dict[str, Any]:
    """Of `parsed` fields those that are kept; the access mode under the name that it is kept by."""
    kept = {name: value for name, value in fields.items() if name not in _OF_REQUEST}
    access = fields.get("access_mode")
    return {**kept, "access": access} if access in ACCESS_MODES else kept


def sets_access(fields: dict[str, Any]) -> bool:
    """Whether `parsed` fields say who may use the connector; an unknown access mode says nothing."""
    return (
        fields.get("access_mode") in ACCESS_MODES
        or fields.get("add_all_backend_roles") is not None
        or bool(fields.get("backend_roles"))
    )


def inline(body: Value) -> dict[str, Any] | None:
    """The connector in a model's registration; None where the plugin gives up on it without a word.

    Raises:
        OpenSearchError: no protocol or an unknown one, or an argument of it is wrong.
    """
    content = body.map()
    protocol = content.get("protocol")
    if protocol is None:
        raise refuse("inline_protocol_missing")
    if protocol not in (*PROTOCOLS, *MCP_PROTOCOLS):
        raise refuse("connector_protocol_unknown", protocol=protocol)
    try:
        fields = stored(parsed(xcontent.parse(gson.dumps({**content, "access_mode": ""}))))
    except OpenSearchError as error:
        if error.error["type"] not in ("illegal_argument_exception", "number_format_exception"):
            return None
        raise
    check_protocol(fields)
    return fields


def check_complete(connector: dict[str, Any]) -> None:
    """Refuse a connector that lacks what it cannot do without.

    Raises:
        OpenSearchError: the first thing that is missing, in the plugin's order.
    """
    for name in ("name", "version", "protocol"):
        if connector.get(name) is None:
            raise refuse(f"connector_{name}_missing")
    is_mcp = connector["protocol"] in MCP_PROTOCOLS
    if not connector.get("credential") and not is_mcp:
        raise refuse("connector_credential_missing")
    if is_mcp and not (connector.get("url") or "").strip():
        raise refuse("connector_mcp_url_missing")


def check_protocol(connector: dict[str, Any]) -> None:
    """Refuse a protocol that is none, or lacks its parameters.

    Raises:
        OpenSearchError: unknown protocol; `aws_sigv4` without keys, service or region (a role ARN is no key: only
            Amazon OpenSearch Service can assume it).
    """
    protocol = connector.get("protocol")
    if protocol in MCP_PROTOCOLS:
        raise refuse("connector_mcp_unsupported", protocol=protocol)
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


def _action(body: Value) -> dict[str, Any]:
    action: dict[str, Any] = {}
    for name, value in body.object():
        if name == "action_type":
            action[name] = _action_type(value.text().upper())
        elif name == "headers":
            action[name] = value.map_strings()
        elif name in _ACTION_FIELDS:
            action[name] = value.text()
    for name, refusal in (("action_type", "type"), ("url", "url"), ("method", "method")):
        if name not in action:
            raise refuse(f"action_{refusal}_missing")
    return action


def _action_type(name: str) -> str:
    if name not in ACTION_TYPES:
        raise refuse("action_type_unknown", name=name)
    return name


def _client_config(body: Value) -> dict[str, Any]:
    config = dict(CLIENT_CONFIG)
    for name, value in body.object():
        if name == "retry_backoff_policy":
            config[name] = _retry_policy(value.text().lower())
        elif name in config:
            config[name] = value.integer()
    return config


def _retry_policy(name: str) -> str:
    if name not in RETRY_POLICIES:
        raise refuse("retry_policy_unknown")
    return name


_FIELDS: dict[str, Callable[[Value], Any]] = {
    "name": lambda value: value.text(),
    "description": lambda value: value.text(),
    "version": lambda value: value.text(),
    "protocol": lambda value: value.text(),
    "parameters": lambda value: parameter_texts(value.map()),
    "credential": lambda value: value.map_strings(),
    "actions": lambda value: [_action(action) for action in value.array()],
    "backend_roles": lambda value: [role.text() for role in value.array()],
    "add_all_backend_roles": lambda value: value.boolean(),
    "access_mode": lambda value: value.text(),
    "dry_run": lambda value: value.boolean(),
    "client_config": _client_config,
    "url": lambda value: value.text_or_null(),
    "headers": lambda value: value.map_strings(),
}
