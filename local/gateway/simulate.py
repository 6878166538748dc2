"""`_ingest/pipeline/_simulate` with processors that need a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_object
from local.gateway.ingest import Incoming, Ingest
from local.gateway.pipelines import BASE, needs_model
from local.gateway.rest import Answer
from local.gateway.router import Route

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.pipelines import Pipelines
    from local.gateway.predict import Predictions
    from local.gateway.rest import RestRequest

_OPTIONS = frozenset({"verbose"})


class Simulations:
    """Runs documents through a pipeline without indexing them."""

    def __init__(self, context: Context, predictions: Predictions, pipelines: Pipelines) -> None:
        self._upstream = context.upstream
        self._pipelines = pipelines
        self._ingest = Ingest(context, predictions)

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        paths = (f"{BASE}/_simulate", f"{BASE}/{{pipeline_id}}/_simulate")
        return [Route(method, path, self.simulate, _OPTIONS) for path in paths for method in ("GET", "POST")]

    async def simulate(self, request: RestRequest) -> Answer:
        """The documents as they would be indexed; step by step (`verbose`) only without models."""
        body = await json_object(request.content(), self._upstream) if request.body else {}
        processors = await self._processors(request, body)
        if not any(map(needs_model, processors)) or "docs" not in body or request.flag("verbose"):
            return Answer(await self._upstream.call(request.method, request.target, request.body))
        documents = [_incoming(doc) for doc in body["docs"]]
        for document in documents:
            await self._ingest.run(processors, [document])
        alive = [document for document in documents if document.alive]
        told = iter(await self._told(alive))
        return Answer({"docs": [next(told) if document.alive else _kept_out(document) for document in documents]})

    async def _processors(self, request: RestRequest, body: dict[str, Any]) -> list[dict[str, Any]]:
        if "pipeline_id" in request.params:
            return (await self._pipelines.with_models()).get(request.params["pipeline_id"], [])
        processors: list[dict[str, Any]] = (body.get("pipeline") or {}).get("processors") or []
        return processors

    async def _told(self, documents: list[Incoming]) -> list[dict[str, Any]]:
        """The documents as the server tells of them."""
        if not documents:
            return []
        docs = [{"_index": each.index, "_id": each.id, "_source": each.source} for each in documents]
        answer = await self._upstream.call("POST", f"{BASE}/_simulate", {"pipeline": {"processors": []}, "docs": docs})
        return list(answer["docs"])


def _incoming(doc: dict[str, Any]) -> Incoming:
    return Incoming(str(doc.get("_index", "_index")), str(doc.get("_id", "_id")), dict(doc.get("_source") or {}))


def _kept_out(document: Incoming) -> dict[str, Any] | None:
    """What is told of a document that failed; nothing of one that was dropped."""
    return {"error": document.error.body()["error"]} if document.error else None
