"""What a dense model is asked by queries and processors, and the vectors in its answer."""

from __future__ import annotations

from typing import Any

from local.gateway.dataset import TextDocs
from local.gateway.errors import refuse


def dense_docs(texts: list[Any]) -> TextDocs:
    """The texts, and that nothing but their embeddings is wanted."""
    options = {"return_bytes": False, "return_number": True, "target_response": ["sentence_embedding"]}
    return TextDocs(texts, {"algorithm": "TEXT_EMBEDDING", **options})


def dense_vectors(results: list[dict[str, Any]]) -> list[list[float]]:
    """The vectors of a prediction.

    Args:
        results: of the calls of the remote model.

    Raises:
        OpenSearchError: 500, a tensor is a map: the connector has no function that makes vectors of its answer.
    """
    tensors = [tensor for result in results for tensor in result.get("output", [])]
    if any(tensor.get("data") is None for tensor in tensors):
        raise refuse("dense_result_map")
    return [tensor["data"] for tensor in tensors]
