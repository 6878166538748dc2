"""Reading the system indices for the REST resources: `_search` on each kind, and one document or the plugin's error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.store import MissingIndexError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.context import Context
    from local.gateway.rest import RestRequest
    from local.gateway.store import Document, Store

_NOTHING = {
    "took": 0,
    "timed_out": False,
    "_shards": {"total": 0, "successful": 0, "skipped": 0, "failed": 0},
    "hits": {"total": {"value": 0, "relation": "eq"}, "max_score": 0.0, "hits": []},
}


def search_routes(
    context: Context,
    base: str,
    index: str,
    hidden: list[str] | None = None,
    query: Callable[[dict[str, Any] | None], dict[str, Any]] | None = None,
) -> list[Route]:
    """POST and GET `{base}/_search` on a system index.

    Args:
        context: of the gateway.
        base: path of the resource.
        index: what is searched.
        hidden: fields that no answer shows.
        query: rewrites the query asked for, None where there was none.
    """

    async def search(request: RestRequest) -> Answer:
        if not request.body:
            raise OpenSearchError(400, "parse_exception", "request body or source parameter is required")
        body = await json_object(request.content(), context.upstream)
        if query:
            body["query"] = query(body.get("query"))
        body |= {"version": True, "seq_no_primary_term": True, "_source": _without(body.get("_source"), hidden or [])}
        try:
            return Answer(await context.store.search(index, body))
        except MissingIndexError:
            return Answer(_NOTHING)

    return [Route(method, f"{base}/_search", search) for method in ("POST", "GET")]


def _without(source: Any, hidden: list[str]) -> dict[str, Any]:
    """The fields to show; `"_source": false` shows them all, too."""
    if isinstance(source, dict):
        wanted = source.get("includes", source.get("include", []))
        unwanted = source.get("excludes", source.get("exclude", []))
        return {"includes": _listed(wanted), "excludes": [*_listed(unwanted), *hidden]}
    return {"includes": [] if isinstance(source, bool) or source is None else _listed(source), "excludes": hidden}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


async def stored(store: Store, index: str, document_id: str, status: int = 500) -> Document | None:
    """The document, None if there is none.

    Args:
        store: of the gateway.
        index: system index.
        document_id: of the document.
        status: of the error if the index cannot be read now.

    Raises:
        MissingIndexError: there is no index yet.
        OpenSearchError: the index cannot be read, with the server's cause (its shards are not allocated yet, say).
    """
    try:
        return await store.get(index, document_id)
    except MissingIndexError:
        raise
    except UpstreamError as error:
        raise unreadable(error, index, status) from error


def unreadable(error: UpstreamError, index: str, status: int = 500) -> OpenSearchError:
    """The plugin's error for an index that it could not read, caused by the server's."""
    refusal = refuse("data_unreadable", status=status, caused_by=error.cause, index=index)
    refusal.root_cause = error.root_cause
    return refusal
