"""Finding the model of a request and the connector of a model, or the plugin's error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.connector import check_protocol
from local.gateway.errors import refuse
from local.gateway.mappings import CONNECTORS, MODELS
from local.gateway.store import MissingIndexError
from local.gateway.system_search import stored, unreadable

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.store import Document


async def find_model(context: Context, model_id: str, status: int = 500) -> Document:
    """The stored model.

    Args:
        context: of the gateway.
        model_id: of the model.
        status: of the error if the index cannot be read or is not there.

    Raises:
        OpenSearchError: no such model, or no reading it.
    """
    try:
        document = await stored(context.store, MODELS, model_id, status)
    except MissingIndexError as error:
        raise unreadable(error, MODELS, status) from error
    if document is None:
        raise refuse("model_unknown")
    return document


async def find_connector(context: Context, connector_id: str) -> dict[str, Any]:
    """The stored connector of a model, its credential encrypted.

    Raises:
        OpenSearchError: no such connector, or one that an update has made unreadable.
    """
    try:
        document = await stored(context.store, CONNECTORS, connector_id)
    except MissingIndexError as error:
        raise refuse("connector_index_missing") from error
    if document is None:
        raise refuse("model_connector_unknown", id=connector_id)
    check_protocol(document.source)
    return document.source
