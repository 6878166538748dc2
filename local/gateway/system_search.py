"""Reading the system indices for the REST resources: `_search` on each kind, and one document or the plugin's error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_value
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.store import MissingIndexError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.context import Context
    from local.gateway.rest import RestRequest
    from local.gateway.store import Document, Store

_FAILED_SEARCH = "search_phase_execution_exception"
_WRONG_ARGUMENT = ("illegal_argument_exception", "number_format_exception")
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
    failure: str | None = None,
) -> list[Route]:
    """POST and GET `{base}/_search` on a system index.

    Args:
        context: of the gateway.
        base: path of the resource.
        index: what is searched.
        hidden: fields that no answer shows.
        query: rewrites the query asked for, None where there was none.
        failure: what the plugin says in place of the server's error where a search fails on its way; None, it does not.
    """

    async def search(request: RestRequest) -> Answer:
        if not request.body:
            raise OpenSearchError(400, "parse_exception", "request body or source parameter is required")
        raw = request.content()
        try:
            return Answer(await context.store.search(index, await rewritten(raw)))
        except MissingIndexError:
            return Answer(_NOTHING)
        except UpstreamError as error:
            if error.error["type"] == _FAILED_SEARCH:
                raise error if failure is None else _general(error, failure) from error
            await context.upstream.call("POST", f"/{index}/_search", raw)  # with the lines and columns of the request
            raise

    async def rewritten(raw: bytes) -> dict[str, Any]:
        body = await json_value(raw, context.upstream)
        if not isinstance(body, dict):
            await context.upstream.call("POST", f"/{index}/_search", raw)
        if query:
            body["query"] = query(body.get("query"))
        shown = _without(body.get("_source"), hidden or [])
        return {**body, "version": True, "seq_no_primary_term": True, "_source": shown}

    return [Route(method, f"{base}/_search", search) for method in ("POST", "GET")]


def _general(error: UpstreamError, failure: str) -> OpenSearchError:
    """The plugin's error for a search that failed on its way: the root cause's words if an argument was wrong."""
    cause: dict[str, Any] = (
        error.cause["failed_shards"][0]["reason"] if error.cause.get("failed_shards") else error.cause
    )
    while cause.get("caused_by"):
        cause = cause["caused_by"]
    reason = cause["reason"] if cause["type"] in _WRONG_ARGUMENT else failure
    return OpenSearchError(500, "status_exception", reason)


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
