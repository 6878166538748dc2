"""Runs pipelines that need a model: texts become vectors before the server indexes the document."""

from __future__ import annotations

import asyncio
import copy
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from local.gateway.dense import dense_docs, dense_vectors
from local.gateway.errors import OpenSearchError
from local.gateway.field_map import slots
from local.gateway.pipelines import needs_model
from local.gateway.sparse import text_docs
from local.gateway.token_weights import pruned, token_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.context import Context
    from local.gateway.dataset import TextDocs
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


class Kind(NamedTuple):
    """A processor: what its model is asked, what is made of the answer, and the name of a vector in a list."""

    asked: Callable[[list[str]], TextDocs]
    vectors: Callable[[list[dict[str, Any]], dict[str, Any]], list[Any]]
    list_key: str


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
                    ((kind, config),) = processor.items()
                    await self._embed(KINDS[kind], config, [each for each in documents if each.alive])
            else:
                await self._simulate(list(group), [each for each in documents if each.alive])

    async def _embed(self, kind: Kind, config: dict[str, Any], documents: list[Incoming]) -> None:
        size = int(config.get("batch_size", 1))
        batches = [documents[start : start + size] for start in range(0, len(documents), size)]
        await asyncio.gather(*(self._embed_batch(kind, config, batch) for batch in batches))

    async def _embed_batch(self, kind: Kind, config: dict[str, Any], documents: list[Incoming]) -> None:
        """One call of the model for all texts of some documents, the shortest first; they fail together."""
        found = [slot for document in documents for slot in _slots(kind, config, document)]
        if not found:
            return
        order = sorted(range(len(found)), key=lambda at: len(found[at][0].encode("utf-16-le")))
        try:
            results = await self._predictions.run(config["model_id"], kind.asked([found[at][0] for at in order]))
            vectors = kind.vectors(results, config)
            _check_number(vectors, order)
        except OpenSearchError as error:
            for document in documents:
                document.error = None if config.get("ignore_failure") else document.error or error
            return
        for at, vector in zip(order, vectors, strict=False):
            found[at][1](vector)

    async def _simulate(self, processors: list[dict[str, Any]], documents: list[Incoming]) -> None:
        if not documents:
            return
        docs = [{"_index": each.index, "_id": each.id or "_id", "_source": each.source} for each in documents]
        answer = await self._upstream.call("POST", _SIMULATE, {"pipeline": {"processors": processors}, "docs": docs})
        for document, result in zip(documents, answer["docs"], strict=True):
            _take(document, result)


def _dense(results: list[dict[str, Any]], config: dict[str, Any]) -> list[Any]:
    return list(dense_vectors(results))


def _sparse(results: list[dict[str, Any]], config: dict[str, Any]) -> list[Any]:
    kind, ratio = config.get("prune_type") or "none", float(config.get("prune_ratio") or 0)
    return [pruned(tokens, kind, ratio) for tokens in token_weights(results)]


KINDS = {
    "text_embedding": Kind(dense_docs, _dense, "knn"),
    "sparse_encoding": Kind(text_docs, _sparse, "sparse_encoding"),
}


def _check_number(vectors: list[Any], order: list[int]) -> None:
    """Refuse fewer vectors than texts, in the words of the Java list that is read past its end."""
    count = len(vectors)
    if count >= len(order):
        return
    beyond = next((at for at in order[:count] if at >= count), None)
    if beyond is not None:
        reason = f"Index {beyond} out of bounds for length {count}"
        raise OpenSearchError(500, "array_index_out_of_bounds_exception", reason)
    raise OpenSearchError(500, "index_out_of_bounds_exception", f"toIndex = {count + 1}")


def _slots(kind: Kind, config: dict[str, Any], document: Incoming) -> list[Slot]:
    document.source = copy.deepcopy(document.source)
    try:
        return slots(config["field_map"], document.source, kind.list_key)
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
