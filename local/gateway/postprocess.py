"""From the answer of a remote model to the tensors that a prediction returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import painless, xcontent
from local.gateway.bodies import json_value
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.java import gson, jsonpath
from local.gateway.java.templates import substitute
from local.gateway.tensors import BUILT_IN, JavaError, Tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.upstream import Upstream
    from local.gateway.xcontent import Value

__all__ = ["BUILT_IN", "Tensor", "tensors"]

RESPONSE_FILTER = "response_filter"
_SIZED = ("FLOAT32", "FLOAT64", "FLOAT16", "UINT8", "INT32", "INT8", "INT64")
DATA_TYPES = (*_SIZED, "BOOLEAN", "UNKNOWN", "STRING", "BINARY", "UBINARY")
_ENUM = "org.opensearch.ml.common.output.model.MLResultDataType"


async def tensors(
    response: str, function: str | None, parameters: dict[str, str], upstream: Upstream, action: str
) -> list[Tensor]:
    """The tensors in a remote model's answer.

    Args:
        response: its body.
        function: the connector's `post_process_function`: a built-in name, a Painless script, or None.
        parameters: of the call; `response_filter` says where to look.
        upstream: runs scripts.
        action: for the message.

    Raises:
        OpenSearchError: 500 with the Java library's complaint, the answer is not as it should be; 400, a built-in
            function finds no numbers.
    """
    try:
        return await _tensors(response, function, parameters, upstream)
    except gson.JsonSyntaxError as error:
        raise _unreadable(action, "json_syntax_exception", str(error), gson.cause(error)) from error
    except jsonpath.PathNotFoundError as error:
        raise _unreadable(action, "path_not_found_exception", str(error)) from error
    except jsonpath.InvalidPathError as error:
        raise _unreadable(action, "invalid_path_exception", str(error)) from error
    except jsonpath.InvalidJsonError as error:
        cause = {"type": "parse_exception", "reason": str(error).partition(": ")[2]}
        raise _unreadable(action, "invalid_json_exception", str(error), cause) from error
    except jsonpath.NullJsonError as error:
        raise OpenSearchError(400, "illegal_argument_exception", str(error)) from error
    except JavaError as error:
        raise refuse("remote_unreadable", action=action, caused_by=error.cause) from error


async def _tensors(response: str, function: str | None, parameters: dict[str, str], upstream: Upstream) -> list[Tensor]:
    if function is not None:
        function = substitute(function, {name: gson.dumps(value) for name, value in parameters.items()})
    path = parameters.get(RESPONSE_FILTER)
    if function in BUILT_IN:
        default_path, build = BUILT_IN[function]
        path = path if path and path.strip() else default_path
        return build(jsonpath.read(response, path), _data_type(path))
    answer = _answer(response, "result")  # also without a script: what is no JSON fails here
    if function is not None:
        scripted = await _run(upstream, function, answer)
        if scripted is not None and gson.is_json(scripted):
            return await _script_tensors(scripted, upstream)
        response = response if scripted is None else scripted
    return [{"name": "response", "dataAsMap": _data_as_map(response, path)}]


async def _run(upstream: Upstream, script: str, answer: dict[str, Any]) -> str | None:
    try:
        return await painless.run(upstream, script, answer)
    except UpstreamError as error:
        raise JavaError(error.error["type"], str(error.error["reason"]), error.cause) from error


def _data_as_map(response: str, path: str | None) -> dict[str, Any]:
    """The answer as a map: numbers become doubles on the way through Gson, but not through a filter."""
    if path is None:
        return _answer(response, "response") if gson.is_json(response) else {"response": response}
    found = jsonpath.read(response, path)
    if isinstance(found, str) and gson.is_json(found):
        return _answer(found, "response")
    return found if isinstance(found, dict) else {"response": found}


def _answer(response: str, key: str) -> dict[str, Any]:
    value = gson.parse(response)
    if not isinstance(value, (dict, list)):
        raise refuse("response_unsupported")
    return value if isinstance(value, dict) else {key: value}


async def _script_tensors(scripted: str, upstream: Upstream) -> list[Tensor]:
    """The tensors that a script wrote as JSON, which now has to be strict."""
    try:
        await json_value(scripted.encode(), upstream)
    except UpstreamError as error:
        raise JavaError(error.error["type"], str(error.error["reason"])) from error
    value = xcontent.parse(scripted)
    try:
        return [_script_tensor(item) for item in (value.items if value.kind == "START_ARRAY" else (value,))]
    except OpenSearchError as error:
        if error.error["type"] == "illegal_argument_exception":
            raise
        raise JavaError(error.error["type"], str(error.error["reason"])) from error


def _script_tensor(item: Value) -> Tensor:
    found = {name: _TENSOR[name](value) for name, value in item.object() if name in _TENSOR}
    if not found.get("data") or "data_type" not in found:
        found.pop("data", None)
    return {name: found[name] for name in _TENSOR if name in found}


def _known_type(value: Value) -> str:
    name = value.text()
    if name not in DATA_TYPES:
        raise refuse("constant_unknown", java_class=_ENUM, name=name)
    return name


def _numbers(value: Value) -> list[Any]:
    if value.kind != "START_ARRAY":
        spot = value.spot()
        reason = f"[{spot.line}:{spot.column}] Failed to parse list:  expecting START_ARRAY but got {value.kind}"
        raise OpenSearchError(400, "x_content_parse_exception", reason)
    return list(value.content)


# In the order in which a tensor shows them.
_TENSOR: dict[str, Callable[[Value], Any]] = {
    "name": lambda value: value.text(),
    "data_type": _known_type,
    "shape": lambda value: [size.integer() for size in value.array()],
    "data": _numbers,
    "result": lambda value: value.text(),
    "dataAsMap": lambda value: value.map(),
}


def _data_type(path: str) -> str:
    return next((name for name in DATA_TYPES if f".{name.lower()}" in path.lower()), "FLOAT32")


def _unreadable(action: str, kind: str, reason: str, caused_by: dict[str, Any] | None = None) -> OpenSearchError:
    cause = {"type": kind, "reason": reason} | ({"caused_by": caused_by} if caused_by else {})
    return refuse("remote_unreadable", action=action, caused_by=cause)
