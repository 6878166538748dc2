"""`_doc`, `_create` and `_bulk` into indices whose pipelines need a model."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlencode

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, UpstreamError
from local.gateway.ingest import Incoming, Ingest
from local.gateway.reindex import Reindex
from local.gateway.rest import Answer, RestRequest

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.pipelines import Pipelines
    from local.gateway.predict import Predictions

_ONE = re.compile(r"^/(?P<index>[^/_][^/]*)/(?P<action>_doc|_create)(?:/(?P<id>[^/]+))?$")
_BULK = re.compile(r"^(?:/(?P<index>[^/_][^/]*))?/_bulk/?$")
_REINDEX = re.compile(r"^/_reindex/?$")
NO_PIPELINE = "_none"
Processors = list[dict[str, Any]]


@dataclass
class _Item:
    """One operation of a bulk request; `document` is set if a pipeline with a model is to see it."""

    action: str
    meta: dict[str, Any]
    lines: list[bytes]
    pipeline: str | None = None
    document: Incoming | None = None


class Documents:
    """Write requests that may need a model."""

    def __init__(self, context: Context, predictions: Predictions, pipelines: Pipelines) -> None:
        self._upstream = context.upstream
        self._pipelines = pipelines
        self._ingest = Ingest(context, predictions)

    async def handles(self, method: str, path: str) -> bool:
        """Whether the request has to be looked at: it writes documents, and some pipeline needs a model."""
        if method not in ("POST", "PUT") or not any(kind.match(path) for kind in (_ONE, _BULK, _REINDEX)):
            return False
        return bool(await self._pipelines.with_models())

    async def answer(self, request: RestRequest) -> Answer | None:
        """The answer to a write with a model in its pipeline; None: the server can do it alone."""
        one = _ONE.match(request.path)
        if one:
            return await self._one(request, one["index"], one["id"])
        if _REINDEX.match(request.path):
            return await self._reindexed(request)
        matched = _BULK.match(request.path)
        return await self._bulk(request, matched["index"] if matched else None)

    async def _one(self, request: RestRequest, index: str, document_id: str | None) -> Answer | None:
        name = await self._pipeline(index, request.query.get("pipeline"))
        processors = (await self._pipelines.with_models()).get(name or "")
        if processors is None or not request.body:
            return None
        document = Incoming(index, document_id, await json_object(request.content(), self._upstream))
        await self._ingest.run(processors, [document])
        if document.error:
            raise document.error
        if document.dropped:
            return Answer(_noop(document))
        target = f"{request.target.partition('?')[0]}?{_without_pipeline(request.target)}"
        response = await self._upstream.answer(request.method, target, document.source)
        return Answer(response.body, response.status)

    async def _reindexed(self, request: RestRequest) -> Answer | None:
        body = await json_object(request.content(), self._upstream)
        goal = body.get("dest") or {}
        name = await self._pipeline(str(goal.get("index", "")), goal.get("pipeline"))
        if name not in await self._pipelines.with_models():
            return None
        return await Reindex(self._upstream, self._bulk_answer).run(body, request.query)

    async def _bulk_answer(self, target: str, content: bytes) -> dict[str, Any]:
        """The answer to a bulk request of the gateway's own."""
        answer = await self._bulk(RestRequest("POST", "/_bulk", target, body=content), None)
        return await self._upstream.call("POST", target, content) if answer is None else answer.body

    async def _bulk(self, request: RestRequest, index: str | None) -> Answer | None:
        items = _operations(request.content())
        await self._assign(items, index, request.query.get("pipeline"))
        with_model = [item for item in items if item.document]
        if not with_model:
            return None
        started = time.monotonic()
        known = await self._pipelines.with_models()
        for name in {item.pipeline for item in with_model}:
            documents = [item.document for item in with_model if item.pipeline == name and item.document]
            await self._ingest.run(known[name or ""], documents)
        ingest_took = round((time.monotonic() - started) * 1000)
        return Answer(_merged(items, await self._send(request, items), ingest_took))

    async def _assign(self, items: list[_Item], index: str | None, asked: str | None) -> None:
        """Find each operation's pipeline, and take its document out if that one has a model."""
        known = await self._pipelines.with_models()
        of_index: dict[str, str | None] = {}
        for item in items:
            if item.action not in ("index", "create"):
                continue
            into = item.meta.get("_index") or index or ""
            item.pipeline = item.meta.get("pipeline") or asked
            if item.pipeline is None:
                if into not in of_index:
                    of_index[into] = await self._pipeline(into, None)
                item.pipeline = of_index[into]
            if item.pipeline in known:
                item.document = await self._document(item, into)

    async def _document(self, item: _Item, index: str) -> Incoming:
        document = Incoming(index, item.meta.get("_id"), {})
        try:
            document.source = await json_object(item.lines[1], self._upstream)
        except OpenSearchError as error:
            document.error = error
        return document

    async def _send(self, request: RestRequest, items: list[_Item]) -> dict[str, Any]:
        lines = [line for item in items for line in _lines(item)]
        if not lines:
            return {"took": 0, "errors": False, "items": []}
        return await self._upstream.call(request.method, request.target, b"\n".join([*lines, b""]))

    async def _pipeline(self, index: str, asked: str | None) -> str | None:
        """The pipeline that a document goes through: the one asked for, else the index's."""
        if asked is not None or not index:
            return asked
        path = f"/{quote(index, safe='')}/_settings/index.default_pipeline?flat_settings=true"
        try:
            found = await self._upstream.call("GET", path)
        except UpstreamError:
            return None
        names = [each["settings"].get("index.default_pipeline") for each in found.values()]
        return next((name for name in names if name), None)


def _operations(content: bytes) -> list[_Item]:
    """What a bulk request asks for; nothing if it is malformed, which the server explains better."""
    if not content.endswith(b"\n"):
        return []
    lines = (line for line in content.split(b"\n") if line.strip())
    items: list[_Item] = []
    try:
        for line in lines:
            action, meta = next(iter(json.loads(line).items()))
            items.append(_Item(action, dict(meta), [line] if action == "delete" else [line, next(lines)]))
    except (ValueError, TypeError, AttributeError, StopIteration):
        return []
    return items


def _lines(item: _Item) -> list[bytes]:
    """What the server gets of an operation: nothing if its document failed or vanished."""
    document = item.document
    if document is None:
        return item.lines
    if not document.alive:
        return []
    meta = {**item.meta, "pipeline": NO_PIPELINE, "_index": document.index}
    if document.id is not None:
        meta["_id"] = document.id
    return [json.dumps({item.action: meta}).encode(), json.dumps(document.source).encode()]


def _merged(items: list[_Item], answer: dict[str, Any], ingest_took: int) -> dict[str, Any]:
    """The server's answer with the operations that it never saw put in their places."""
    served = iter(answer["items"])
    merged: list[dict[str, Any]] = []
    for item in items:
        if item.document is None or item.document.alive:
            merged.append(next(served))
        else:
            merged.append({item.action: _failure(item.document) if item.document.error else _noop(item.document)})
    failed = any(item.document and item.document.error for item in items)
    return {"took": answer["took"], "ingest_took": ingest_took, "errors": answer["errors"] or failed, "items": merged}


def _failure(document: Incoming) -> dict[str, Any]:
    error = document.error or OpenSearchError(500, "exception", None)
    named = {"_index": document.index} | ({"_id": document.id} if document.id is not None else {})
    return {**named, "status": error.status, "error": error.item()}


def _noop(document: Incoming) -> dict[str, Any]:
    shards = {"total": 0, "successful": 0, "failed": 0}
    return {
        "_index": document.index,
        "_id": document.id,
        "_version": -3,
        "result": "noop",
        "_shards": shards,
        "status": 200,
    }


def _without_pipeline(target: str) -> str:
    query = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    return urlencode([*((name, value) for name, value in query if name != "pipeline"), ("pipeline", NO_PIPELINE)])
