"""Runs pipelines that need a model: texts become vectors before the server indexes the document."""

from __future__ import annotations

import asyncio
import copy
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.gateway.dataset import TextDocs
from local.gateway.errors import OpenSearchError
from local.gateway.field_map import slots
from local.gateway.pipelines import needs_model

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.field_map import Slot
    from local.gateway.predict import Predictions

_SIMULATE = "/_ingest/pipeline/_simulate"


@dataclass
class Incoming:
    """A document on its way into an index; `error` keeps it out, `dropped` lets it vanish."""

    index: str
    id: str | None
    source: dict[str, Any]
    error: OpenSearchError | None = None
    dropped: bool = False

    @property
    def alive(self) -> bool:
        """Whether further processors are to see it."""
        return self.error is None and not self.dropped


class Ingest:
    """Runs the processors of a pipeline."""

    def __init__(self, context: Context, predictions: Predictions) -> None:
        self._upstream = context.upstream
        self._predictions = predictions

    async def run(self, processors: list[dict[str, Any]], documents: list[Incoming]) -> None:
        """Put documents through a pipeline, in place; one that fails carries its error.

        Args:
            processors: of the pipeline; those without a model are run by the server (`_simulate`).
            documents: of one request; a processor with a batch size takes several at once.
        """
        for with_model, group in itertools.groupby(processors, key=needs_model):
            if with_model:
                for processor in group:
                    await self._embed(next(iter(processor.values())), [each for each in documents if each.alive])
            else:
                await self._simulate(list(group), [each for each in documents if each.alive])

    async def _embed(self, config: dict[str, Any], documents: list[Incoming]) -> None:
        size = int(config.get("batch_size", 1))
        batches = [documents[start : start + size] for start in range(0, len(documents), size)]
        await asyncio.gather(*(self._embed_batch(config, batch) for batch in batches))

    async def _embed_batch(self, config: dict[str, Any], documents: list[Incoming]) -> None:
        """One call of the model for all texts of some documents, the shortest first; they fail together."""
        found = [slot for document in documents for slot in _slots(config, document)]
        if not found:
            return
        found.sort(key=lambda slot: len(slot[0]))
        try:
            vectors = await self._vectors(config["model_id"], [text for text, _ in found])
        except OpenSearchError as error:
            for document in documents:
                document.error = None if config.get("ignore_failure") else document.error or error
            return
        for (_, put), vector in zip(found, vectors, strict=True):
            put(vector)

    async def _vectors(self, model_id: str, texts: list[str]) -> list[list[float]]:
        options = {"return_bytes": False, "return_number": True, "target_response": ["sentence_embedding"]}
        results = await self._predictions.run(model_id, TextDocs(texts, {"algorithm": "TEXT_EMBEDDING", **options}))
        return [tensor["data"] for result in results for tensor in result.get("output", [])]

    async def _simulate(self, processors: list[dict[str, Any]], documents: list[Incoming]) -> None:
        if not documents:
            return
        docs = [{"_index": each.index, "_id": each.id or "_id", "_source": each.source} for each in documents]
        answer = await self._upstream.call("POST", _SIMULATE, {"pipeline": {"processors": processors}, "docs": docs})
        for document, result in zip(documents, answer["docs"], strict=True):
            _take(document, result)


def _slots(config: dict[str, Any], document: Incoming) -> list[Slot]:
    document.source = copy.deepcopy(document.source)
    try:
        return slots(config["field_map"], document.source)
    except OpenSearchError as error:
        if not config.get("ignore_failure"):
            document.error = error
        return []


def _take(document: Incoming, result: dict[str, Any] | None) -> None:
    if result is None:
        document.dropped = True
    elif "error" in result:
        error = {name: value for name, value in result["error"].items() if name != "root_cause"}
        kind, reason = error.pop("type"), error.pop("reason")
        document.error = OpenSearchError(400, kind, reason, caused_by=error.pop("caused_by", None), extra=error)
    else:
        changed = result["doc"]
        document.source, document.index = changed["_source"], changed["_index"]
        document.id = changed["_id"] if document.id is not None or changed["_id"] != "_id" else None
