"""Creating an index with a field of type `semantic`: a remote model without configuration cannot have one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError
from local.gateway.lookup import find_model

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

_CREATE = re.compile(r"^/[^/_][^/]*/?$")
_WORD = b'"semantic"'


def handles(method: str, path: str) -> bool:
    """Whether the request creates an index."""
    return method == "PUT" and _CREATE.match(path) is not None


async def check(context: Context, request: RestRequest) -> None:
    """Refuse an index with a semantic field.

    Raises:
        OpenSearchError: 400; its model has no configuration, or it has one, which is beyond this stand-in.
    """
    if _WORD not in request.content():
        return
    body = await json_object(request.content(), context.upstream)
    for path, field in _semantic((body.get("mappings") or {}).get("properties") or {}, ""):
        model = await find_model(context, str(field.get("model_id")))
        if model.source.get("model_config") is None:
            reason = f"Model config is null for the remote model {field.get('model_id')}."
            cause = {"type": "illegal_argument_exception", "reason": reason}
            transform = f"Failed to transform the mapping for the semantic field at {path} due to {reason}"
            raise OpenSearchError(400, "illegal_argument_exception", transform, caused_by=cause)
        raise OpenSearchError(
            400,
            "illegal_argument_exception",
            f"The field {path} is of type semantic, which this stand-in for neural search does not have. "
            "Use a knn_vector field and a pipeline with text_embedding.",
        )


def _semantic(properties: dict[str, Any], prefix: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in properties.items():
        if isinstance(field, dict):
            if field.get("type") == "semantic":
                yield prefix + name, field
            yield from _semantic(field.get("properties") or {}, f"{prefix}{name}.")
