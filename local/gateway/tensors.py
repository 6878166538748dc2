"""The built-in post-process functions: from what a remote model's answer has at a path to tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.errors import refuse

if TYPE_CHECKING:
    from collections.abc import Callable

Tensor = dict[str, Any]
_BASE = "java.base of loader 'bootstrap'"
_CLASSES = {str: "java.lang.String", bool: "java.lang.Boolean", int: "java.lang.Integer", float: "java.lang.Double"}


class JavaError(Exception):
    """What the plugin runs into where it takes an answer for granted; `cause` is how an error answer shows it."""

    def __init__(self, kind: str, reason: str, cause: dict[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.cause = cause or {"type": kind, "reason": reason}


def _cast(value: Any, wanted: str) -> JavaError:
    found = _CLASSES.get(type(value), "net.minidev.json.JSONArray" if isinstance(value, list) else "java.util.Map")
    together = f"{found} and {wanted} are in module {_BASE}"
    return JavaError("class_cast_exception", f"class {found} cannot be cast to class {wanted} ({together})")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _list(found: Any) -> list[Any]:
    if found is None:
        raise refuse("postprocess_null")
    if not isinstance(found, list):
        raise refuse("postprocess_not_a_list")
    return found


def embeddings(found: Any, data_type: str) -> list[Tensor]:
    """One tensor a vector; of the vectors only the first is looked at before all are taken."""
    vectors = _list(found)
    if vectors and not isinstance(vectors[0], list):
        raise refuse("postprocess_not_lists")
    if vectors and not (vectors[0] and _is_number(vectors[0][0])):
        raise refuse("postprocess_not_numbers")
    return [_embedding(vector, data_type) for vector in vectors]


def one_embedding(found: Any, data_type: str) -> list[Tensor]:
    """One tensor of one vector, which may be empty."""
    vector = _list(found)
    if vector and not _is_number(vector[0]):
        raise refuse("postprocess_not_numbers")
    return [_embedding(vector, data_type)]


def _embedding(vector: Any, data_type: str) -> Tensor:
    if not isinstance(vector, list):
        raise _cast(vector, "java.util.List")
    if not all(number is None or _is_number(number) for number in vector):
        raise JavaError(
            "array_store_exception",
            "arraycopy: element type mismatch: can not cast one of the elements of java.lang.Object[] to the type of "
            "the destination array, java.lang.Number",
        )
    return {"name": "sentence_embedding", "data_type": data_type, "shape": [len(vector)], "data": vector}


def cohere_scores(found: Any, data_type: str) -> list[Tensor]:
    """One tensor a score, by `index`; only the first result is looked at before all are taken."""
    results = _list(found)
    if not results:
        return []
    if not isinstance(results[0], dict):
        raise refuse("postprocess_not_maps")
    if not {"index", "relevance_score"} <= results[0].keys():
        raise refuse("postprocess_rerank_fields")
    return _similarities(results, "relevance_score")


def bedrock_scores(found: Any, data_type: str) -> list[Tensor]:
    """One tensor a score, by `index`; every result is looked at."""
    results = _list(found)
    if not results:
        raise refuse("postprocess_empty")
    for result in results:
        if not isinstance(result, dict):
            raise refuse("postprocess_rerank_not_map")
        if not result:
            raise refuse("postprocess_rerank_empty")
        if not {"index", "relevanceScore"} <= result.keys():
            raise refuse("postprocess_bedrock_fields")
        if not isinstance(result["relevanceScore"], float):
            raise refuse("postprocess_bedrock_score")
    return _similarities(results, "relevanceScore")


def _similarities(results: list[Any], field: str) -> list[Tensor]:
    scores: list[float | None] = [None] * len(results)
    for result in results:
        index, score = result.get("index"), result.get(field)
        if not isinstance(index, int) or isinstance(index, bool):
            raise _cast(index, "java.lang.Integer")
        if score is not None and not isinstance(score, float):
            raise _cast(score, "java.lang.Double")
        if not 0 <= index < len(scores):
            reason = f"Index {index} out of bounds for length {len(scores)}"
            raise JavaError("array_index_out_of_bounds_exception", reason)
        scores[index] = score
    return [{"name": "similarity", "data_type": "FLOAT32", "shape": [1], "data": [score]} for score in scores]


# Name: where the vectors or scores are, and what becomes of them.
BUILT_IN: dict[str, tuple[str, Callable[[Any, str], list[Tensor]]]] = {
    "connector.post_process.default.embedding": ("$[*]", embeddings),
    "connector.post_process.openai.embedding": ("$.data[*].embedding", embeddings),
    "connector.post_process.cohere.embedding": ("$.embeddings", embeddings),
    "connector.post_process.cohere_v2.embedding.float": ("$.embeddings.float", embeddings),
    "connector.post_process.cohere_v2.embedding.int8": ("$.embeddings.int8", embeddings),
    "connector.post_process.cohere_v2.embedding.uint8": ("$.embeddings.uint8", embeddings),
    "connector.post_process.cohere_v2.embedding.binary": ("$.embeddings.binary", embeddings),
    "connector.post_process.cohere_v2.embedding.ubinary": ("$.embeddings.ubinary", embeddings),
    "connector.post_process.bedrock.embedding": ("$.embedding", one_embedding),
    "connector.post_process.bedrock_v2.embedding.float": ("$.embeddingsByType.float", one_embedding),
    "connector.post_process.bedrock_v2.embedding.binary": ("$.embeddingsByType.binary", one_embedding),
    "connector.post_process.bedrock.nova.embedding": ("$.embeddings[*].embedding", embeddings),
    "connector.post_process.default.rerank": ("$[*]", cohere_scores),
    "connector.post_process.cohere.rerank": ("$.results", cohere_scores),
    "connector.post_process.bedrock.rerank": ("$.results", bedrock_scores),
}
