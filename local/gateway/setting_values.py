"""What a request may set: which settings can be changed at all, and which values they take."""

from __future__ import annotations

import re
from typing import Any

from local.gateway.errors import refuse
from local.gateway.settings import DEFAULTS, Value

_ML = "plugins.ml_commons."
# Read when a node starts, and never again.
STATIC = (f"{_ML}multi_tenancy_enabled",)
FINAL = (
    *(f"{_ML}remote_metadata_{name}" for name in ("type", "endpoint", "region", "service_name")),
    f"{_ML}remote_metadata_global_resource_cache_ttl",
    f"{_ML}global_tenant_id",
    f"{_ML}metrics_collection_enabled",
)
# Smallest and largest value (MLCommonsSettings of 3.4.0.0).
RANGES: dict[str, tuple[float, float]] = {
    f"{_ML}max_model_on_node": (0, 10_000),
    f"{_ML}max_register_model_tasks_per_node": (0, 10),
    f"{_ML}max_deploy_model_tasks_per_node": (0, 10),
    f"{_ML}max_batch_inference_tasks": (0, 10_000),
    f"{_ML}max_batch_ingestion_tasks": (0, 10_000),
    f"{_ML}batch_ingestion_bulk_size": (100, 100_000),
    f"{_ML}max_ml_task_per_node": (0, 10_000),
    f"{_ML}sync_up_job_interval_in_seconds": (0, 86_400),
    f"{_ML}ml_task_timeout_in_seconds": (1, 86_400),
    f"{_ML}monitoring_request_count": (0, 10_000_000),
    f"{_ML}native_memory_threshold": (0, 100),
    f"{_ML}jvm_heap_memory_threshold": (0, 100),
    f"{_ML}model_auto_redeploy_success_ratio": (0.0, 1.0),
}
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL = re.compile(r"\d+\.\d+")
_BYTES = re.compile(r"\d+b")
_SIZE = re.compile(r"\s*(-1|0|\d+(\.\d+)?\s*(b|kb?|mb?|gb?|tb?|pb?))\s*", re.IGNORECASE)


def checked(scope: str, values: dict[str, Any]) -> dict[str, Any]:
    """`values` as the cluster keeps them: booleans and numbers as text, None (take away) as it is.

    Args:
        scope: `persistent` or `transient`, for the message.
        values: by full name; a name with `*` only takes away.

    Raises:
        OpenSearchError: a name is unknown or cannot be changed, a value is not of the setting's kind.
    """
    return {name: _checked(scope, name, value) for name, value in values.items()}


def _checked(scope: str, name: str, value: Any) -> Value | None:
    if value is None and "*" in name:
        return None
    default = DEFAULTS.get(name)
    if default is None:
        raise refuse("setting_unknown", scope=scope, name=name)
    if name in FINAL:
        raise refuse("setting_final", scope=scope, name=name)
    if name in STATIC:
        raise refuse("setting_static", scope=scope, name=name)
    if value is None:
        return None
    if isinstance(default, list):
        return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]
    plain = _text(value)
    _check_kind(name, default, plain)
    return plain


def _check_kind(name: str, default: str, plain: str) -> None:
    if default in ("true", "false"):
        if plain not in ("true", "false"):
            raise refuse("setting_not_boolean", value=plain)
    elif default.isdigit() or _DECIMAL.fullmatch(default):
        _check_number(name, plain, is_integer=default.isdigit())
    elif _BYTES.fullmatch(default) and not _SIZE.fullmatch(plain):
        refusal = refuse("setting_not_bytes", name=name, value=plain)
        refusal.caused_by = {**refusal.error, "type": "parse_exception"}
        raise refusal


def _check_number(name: str, plain: str, *, is_integer: bool) -> None:
    number = float(plain) if (_INTEGER if is_integer else _NUMBER).fullmatch(plain) else None
    if number is None:
        cause = {"type": "number_format_exception", "reason": f'For input string: "{plain}"'}
        raise refuse("setting_not_number", value=plain, name=name, caused_by=cause)
    low, high = RANGES.get(name, (number, number))
    if number < low:
        raise refuse("setting_out_of_range", value=plain, name=name, bound=f">= {low}")
    if number > high:
        raise refuse("setting_out_of_range", value=plain, name=name, bound=f"<= {high}")


def _text(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_text, value))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)
