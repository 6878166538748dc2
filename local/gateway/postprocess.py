"""From the answer of a remote model to the tensors that a prediction returns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import painless
from local.gateway.errors import OpenSearchError, refuse
from local.gateway.java import gson, jsonpath
from local.gateway.java.templates import substitute

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.upstream import Upstream

RESPONSE_FILTER = "response_filter"
_SIZED = ("FLOAT32", "FLOAT64", "FLOAT16", "UINT8", "INT32", "INT8", "INT64")
DATA_TYPES = (*_SIZED, "BOOLEAN", "UNKNOWN", "STRING", "BINARY", "UBINARY")
Tensor = dict[str, Any]


def _embeddings(found: Any, data_type: str) -> list[Tensor]:
    if not isinstance(found, list):
        raise refuse("postprocess_not_a_list")
    if found and not isinstance(found[0], list):
        raise refuse("postprocess_not_lists")
    if found and not _starts_with_number(found[0]):
        raise refuse("postprocess_not_numbers")
    return [_embedding(vector, data_type) for vector in found]


def _one_embedding(found: Any, data_type: str) -> list[Tensor]:
    if not isinstance(found, list):
        raise refuse("postprocess_not_a_list")
    if not _starts_with_number(found):
        raise refuse("postprocess_not_numbers")
    return [_embedding(found, data_type)]


def _embedding(vector: list[Any], data_type: str) -> Tensor:
    return {"name": "sentence_embedding", "data_type": data_type, "shape": [len(vector)], "data": vector}


def _starts_with_number(values: list[Any]) -> bool:
    return bool(values) and isinstance(values[0], (int, float)) and not isinstance(values[0], bool)


def _similarities(score: str) -> Callable[[Any, str], list[Tensor]]:
    def similarities(found: Any, data_type: str) -> list[Tensor]:
        if not isinstance(found, list):
            raise refuse("postprocess_not_a_list")
        ranked = sorted(found, key=lambda result: result["index"])
        return [
            {"name": "similarity", "data_type": "FLOAT32", "shape": [1], "data": [result[score]]} for result in ranked
        ]

    return similarities


# Name: where the vectors or scores are, and what becomes of them.
BUILT_IN: dict[str, tuple[str, Callable[[Any, str], list[Tensor]]]] = {
    "connector.post_process.default.embedding": ("$[*]", _embeddings),
    "connector.post_process.openai.embedding": ("$.data[*].embedding", _embeddings),
    "connector.post_process.cohere.embedding": ("$.embeddings", _embeddings),
    "connector.post_process.cohere_v2.embedding.float": ("$.embeddings.float", _embeddings),
    "connector.post_process.cohere_v2.embedding.int8": ("$.embeddings.int8", _embeddings),
    "connector.post_process.cohere_v2.embedding.uint8": ("$.embeddings.uint8", _embeddings),
    "connector.post_process.cohere_v2.embedding.binary": ("$.embeddings.binary", _embeddings),
    "connector.post_process.cohere_v2.embedding.ubinary": ("$.embeddings.ubinary", _embeddings),
    "connector.post_process.bedrock.embedding": ("$.embedding", _one_embedding),
    "connector.post_process.bedrock_v2.embedding.float": ("$.embeddingsByType.float", _one_embedding),
    "connector.post_process.bedrock_v2.embedding.binary": ("$.embeddingsByType.binary", _one_embedding),
    "connector.post_process.bedrock.nova.embedding": ("$.embeddings[*].embedding", _embeddings),
    "connector.post_process.default.rerank": ("$[*]", _similarities("relevance_score")),
    "connector.post_process.cohere.rerank": ("$.results", _similarities("relevance_score")),
    "connector.post_process.bedrock.rerank": ("$.results", _similarities("relevanceScore")),
}


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
        cause = {"type": error.cause_type, "reason": error.cause_reason}
        raise _unreadable(action, "json_syntax_exception", str(error), caused_by=cause) from error
    except jsonpath.PathNotFoundError as error:
        raise _unreadable(action, "path_not_found_exception", str(error)) from error
    except jsonpath.InvalidPathError as error:
        raise _unreadable(action, "invalid_path_exception", str(error)) from error


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
        scripted = await painless.run(upstream, function, answer)
        if scripted is not None and gson.is_json(scripted):
            return _script_tensors(gson.parse(scripted))
        response = response if scripted is None else scripted
    return [{"name": "response", "dataAsMap": _data_as_map(response, path)}]


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


def _script_tensors(value: Any) -> list[Tensor]:
    known = ("name", "data_type", "shape", "data", "result", "dataAsMap")
    items = value if isinstance(value, list) else [value]
    return [{key: _whole(item[key]) if key == "shape" else item[key] for key in known if key in item} for item in items]


def _whole(shape: list[float]) -> list[int]:
    return [int(size) for size in shape]


def _data_type(path: str) -> str:
    return next((name for name in DATA_TYPES if f".{name.lower()}" in path.lower()), "FLOAT32")


def _unreadable(action: str, kind: str, reason: str, caused_by: dict[str, Any] | None = None) -> OpenSearchError:
    cause = {"type": kind, "reason": reason} | ({"caused_by": caused_by} if caused_by else {})
    return refuse("remote_unreadable", action=action, caused_by=cause)
