"""Requests for highlights: the cache before the model, and what is known of each model."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from include.highlighting.cache import SpanCache, cache_key
from include.highlighting.deadline import Deadline
from include.highlighting.dispatch import CallOptions, Dispatch
from include.highlighting.errors import ModelCallError
from include.highlighting.items import BatchHighlightingResult, ItemResult
from include.highlighting.model import Model, read_info
from include.highlighting.sizes import BatchState
from include.highlighting.spans import CheckedSpans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opensearchpy import OpenSearch

    from include.highlighting.items import BatchHighlightingRequest, HighlightingItem
    from include.highlighting.metrics import Counting
    from include.highlighting.model import ModelInfo
    from include.highlighting.sizes import BatchLimits

# Seconds after which a model is looked up again: it may have been deployed anew since.
INFO_SECONDS = 60.0


@dataclass
class _Known:
    info: ModelInfo
    state: BatchState
    until: Deadline


class Engine:
    """Asks models, each text once.

    Args:
        client: of the cluster.
        limits: of a call.
        cache: of answers.
        counting: of what is done.
    """

    def __init__(self, client: OpenSearch, limits: BatchLimits, cache: SpanCache, counting: Counting) -> None:
        self._client, self._limits, self._cache, self._counting = client, limits, cache, counting
        self._models: dict[str, _Known] = {}
        self._lock = threading.Lock()

    def highlight(
        self, request: BatchHighlightingRequest, model_id: str, options: CallOptions, deadline: Deadline
    ) -> BatchHighlightingResult:
        """What came of each item until the deadline; a model that fails is told in the results, not raised.

        Args:
            request: the items.
            model_id: of the model.
            options: how it is called.
            deadline: when what is there has to do.
        """
        if not request.items:
            return BatchHighlightingResult(())
        self._counting.add(items=len(request.items))
        try:
            known = self._known(model_id, min(options.call_timeout, deadline.remaining) or options.call_timeout)
        except ModelCallError as error:
            found = {item.document_id: ItemResult(item.document_id, failure=str(error)) for item in request.items}
        else:
            found = self._asked(request, known, options, deadline)
        results = tuple(found[item.document_id] for item in request.items)
        self._counting.add(failed_items=sum(result.failure is not None for result in results))
        return BatchHighlightingResult(results)

    def forget_models(self) -> None:
        """Look every model up again before its next call."""
        with self._lock:
            for known in self._models.values():
                known.until = Deadline(0)

    def _asked(
        self, request: BatchHighlightingRequest, known: _Known, options: CallOptions, deadline: Deadline
    ) -> dict[str, ItemResult]:
        """Results by id: from the cache, or the model's for the first item of each question and text."""
        keys = {item.document_id: _key(known.info, item) for item in request.items}
        answers = {key: spans for key in set(keys.values()) if (spans := self._cached(known.info, key))}
        first = {
            keys[item.document_id]: item for item in reversed(request.items) if keys[item.document_id] not in answers
        }
        asked = [item for item in request.items if first.get(keys[item.document_id]) is item]
        self._counting.add(cache_hits=sum(key in answers for key in keys.values()))
        dispatch = Dispatch(Model(self._client, known.info), known.state, options, deadline, self._counting)
        found = dispatch.run(asked) if asked else {}
        for result in found.values():
            if result.failure is None and known.info.version:
                self._cache.put(keys[result.document_id], CheckedSpans(result.spans, result.warning))
        return dict(_spread(request, keys, answers, {key: found[item.document_id] for key, item in first.items()}))

    def _cached(self, info: ModelInfo, key: bytes) -> CheckedSpans | None:
        return self._cache.get(key) if info.version else None

    def _known(self, model_id: str, timeout: float) -> _Known:
        with self._lock:
            known = self._models.get(model_id)
        if known is not None and known.until.remaining:
            return known
        info = read_info(self._client, model_id, timeout)
        is_same = known is not None and known.info == info
        state = known.state if known is not None and is_same else BatchState(self._limits)
        fresh = _Known(info, state, Deadline(INFO_SECONDS))
        with self._lock:
            self._models[model_id] = fresh
        return fresh


def _key(info: ModelInfo, item: HighlightingItem) -> bytes:
    return cache_key(info.model_id, info.version, item.question, item.context)


def _spread(
    request: BatchHighlightingRequest,
    keys: dict[str, bytes],
    cached: dict[bytes, CheckedSpans],
    asked: dict[bytes, ItemResult],
) -> Iterator[tuple[str, ItemResult]]:
    for item in request.items:
        spans = cached.get(keys[item.document_id])
        if spans is not None:
            yield item.document_id, ItemResult(item.document_id, spans.spans, warning=spans.warning)
        else:
            yield item.document_id, replace(asked[keys[item.document_id]], document_id=item.document_id)
