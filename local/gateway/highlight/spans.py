"""Reading spans from what a model answered."""

from __future__ import annotations

from typing import Any

from local.gateway.errors import OpenSearchError
from local.gateway.java.values import simple_name

HIGHLIGHTS = "highlights"


def of_one_text(results: list[dict[str, Any]]) -> list[Any]:
    """The spans of the only text that was asked about; `[]` where the model said nothing of them.

    Args:
        results: of `Predictions.run`.

    Raises:
        OpenSearchError: the answer holds a tensor without a map, or is a batch of something else than lists of maps.
    """
    tensors = _tensors(results)
    if not tensors:
        return []
    found = _map(tensors[0]).get(HIGHLIGHTS)
    if not isinstance(found, list) or not found:
        return []
    if isinstance(found[0], list):
        return (of_many_texts(results) or [[]])[0]
    return found if isinstance(found[0], dict) else []


def of_many_texts(results: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The spans of each text of a batch, as many as the model spoke of.

    Args:
        results: of `Predictions.run`.

    Raises:
        OpenSearchError: 500, they are not lists of maps.
    """
    return [spans for tensor in _tensors(results) for spans in _of_tensor(tensor.get("dataAsMap") or {})]


def _tensors(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    if not results or not results[0].get("output"):
        return []
    return [tensor for result in results for tensor in result.get("output", [])]


def _map(tensor: dict[str, Any]) -> dict[str, Any]:
    data = tensor.get("dataAsMap")
    if not isinstance(data, dict):
        reason = 'Cannot invoke "java.util.Map.get(Object)" because "dataMap" is null'
        raise OpenSearchError(500, "null_pointer_exception", reason)
    return data


def _of_tensor(data: dict[str, Any]) -> list[list[dict[str, Any]]]:
    found = data.get(HIGHLIGHTS)
    if found is None:
        return [[]]
    if not isinstance(found, list):
        raise _unexpected("highlights to be a List", found)
    if not found or found[0] is None:
        return [[]]
    if isinstance(found[0], list):
        return [_of_text(spans) for spans in found]
    if isinstance(found[0], dict):
        return [_of_text(found)]
    raise _unexpected("highlights to be a list of lists or list of maps", found[0], "list of: ")


def _of_text(spans: Any) -> list[dict[str, Any]]:
    if spans is None:
        return []
    if not isinstance(spans, list):
        raise _unexpected("document highlights to be a List", spans)
    for span in spans:
        if span is not None and not isinstance(span, dict):
            raise _unexpected("highlight item to be a Map", span)
    return [span for span in spans if span is not None and "start" in span and "end" in span]


def _unexpected(wanted: str, value: Any, of: str = ": ") -> OpenSearchError:
    name = "LinkedTreeMap" if isinstance(value, dict) else simple_name(value)
    got = f"but got {of}{name}" if of != ": " else f"but got: {name}"
    return OpenSearchError(500, "illegal_state_exception", f"Expected {wanted}, {got}")
