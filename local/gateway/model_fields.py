"""The fields of a model in a request, as registering and updating read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.gateway.connector import parameter_texts
from local.gateway.errors import refuse
from local.gateway.throttle import SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.xcontent import Value

POOLING_MODES = ("MEAN", "MEAN_SQRT_LEN", "MAX", "WEIGHTED_MEAN", "CLS", "LAST_TOKEN")
FRAMEWORKS = ("HUGGINGFACE_TRANSFORMERS", "SENTENCE_TRANSFORMERS", "HUGGINGFACE_TRANSFORMERS_NEURON")
NO_TTL = -1


def rate_limiter(body: Value) -> dict[str, str]:
    """How many requests a unit of time, as texts.

    Raises:
        OpenSearchError: 400, the limit is no number or below 0; an unknown unit.
    """
    found: dict[str, str] = {}
    for name, value in body.object():
        if name == "limit":
            found[name] = _limit(value.text())
        elif name == "unit":
            found[name] = _constant("java.util.concurrent.TimeUnit", value.text(), tuple(SECONDS))
    return found


def deploy_setting(body: Value) -> dict[str, Any]:
    """Whether the model is deployed by its first prediction, and after how many idle minutes it goes."""
    found: dict[str, Any] = {"model_ttl_minutes": NO_TTL}
    for name, value in body.object():
        if name == "is_auto_deploy_enabled":
            found[name] = value.boolean()
        elif name == "model_ttl_minutes":
            found[name] = value.integer()
    return found


def interface(body: Value) -> dict[str, str]:
    """JSON schemas of input and output, as texts. They are kept, not enforced: a limit of the stand-in."""
    return parameter_texts({name: schema for name, schema in body.map().items() if name in ("input", "output")})


def guardrails(body: Value) -> dict[str, Any]:
    """What may go in and out. It is kept, not enforced: a limit of the stand-in."""
    found: dict[str, Any] = {"type": "local_regex"}
    for name, value in body.object():
        if name == "type":
            found[name] = value.text()
        elif name in ("input_guardrail", "output_guardrail"):
            found[name] = value.map()
    return found


def model_config(body: Value) -> dict[str, Any]:
    """The description of a remote model, without its defaults.

    Raises:
        OpenSearchError: 400, an unknown framework or pooling; one key in both kinds of free configuration.
    """
    config = {name: _CONFIG[name](value) for name, value in body.object() if name in _CONFIG}
    if config.get("normalize_result") is False:
        del config["normalize_result"]
    _refuse_doubles(config.get("all_config"), config.get("additional_config"))
    return config


def check_text_embedding(config: dict[str, Any], stored: dict[str, Any] | None = None) -> None:
    """Refuse a `text_embedding` configuration that lacks what the model's vectors are stored by.

    Args:
        config: of the request.
        stored: of the model that is changed; what it has need not be given again.

    Raises:
        OpenSearchError: 400, dimension, framework or space type is missing.
    """
    if config.get("model_type", "").lower() != "text_embedding":
        return
    whole = {**(stored or {}), **config}
    for name in ("embedding_dimension", "framework_type"):
        if name not in whole:
            raise refuse(f"config_{name}_missing")
    spaces = (config.get("additional_config") or {}, (stored or {}).get("additional_config") or {})
    if not any("space_type" in space for space in spaces):
        raise refuse("config_space_type_missing")


def _limit(text: str) -> str:
    try:
        if float(text) < 0:
            raise refuse("rate_limit_negative")
    except ValueError as error:
        raise refuse("rate_limit_negative") from error
    return text


def _constant(java_class: str, name: str, known: tuple[str, ...]) -> str:
    if name not in known:
        raise refuse("constant_unknown", java_class=java_class, name=name)
    return name


def _one_of(names: tuple[str, ...], refusal: str) -> Callable[[Value], str]:
    def chosen(value: Value) -> str:
        name = value.text().upper()
        if name not in names:
            raise refuse(refusal)
        return name

    return chosen


def _refuse_doubles(all_config: str | None, additional: dict[str, Any] | None) -> None:
    if all_config and additional:
        doubles = [name for name in json.loads(all_config) if name in additional]
        if doubles:
            raise refuse("config_doubles", names=", ".join(doubles))


_CONFIG: dict[str, Callable[[Value], Any]] = {
    "model_type": lambda value: value.text(),
    "all_config": lambda value: value.text(),
    "additional_config": lambda value: value.map(),
    "embedding_dimension": lambda value: value.integer(),
    "framework_type": _one_of(FRAMEWORKS, "config_framework_unknown"),
    "pooling_mode": _one_of(POOLING_MODES, "config_pooling_unknown"),
    "normalize_result": lambda value: value.boolean(),
    "model_max_length": lambda value: value.integer(),
}

# Name of the field: how it is read. What is in none of these is dropped.
TEXTS: dict[str, Callable[[Value], Any]] = dict.fromkeys(
    ("name", "description", "model_group_id", "connector_id"), lambda value: value.text()
)
COMMON: dict[str, Callable[[Value], Any]] = {
    **TEXTS,
    "is_enabled": lambda value: value.boolean(),
    "rate_limiter": rate_limiter,
    "deploy_setting": deploy_setting,
    "model_config": model_config,
    "interface": interface,
    "guardrails": guardrails,
}
