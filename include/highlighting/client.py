"""A search whose hits come back with semantic highlights, whatever the server's own highlighter makes of it."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from include.highlighting import cluster
from include.highlighting.cache import SpanCache
from include.highlighting.deadline import Deadline
from include.highlighting.defaults import defaults_of, with_highlight
from include.highlighting.dispatch import CallOptions
from include.highlighting.engine import Engine
from include.highlighting.errors import InvalidHighlightError
from include.highlighting.gather import clean, missing, slots_of, take_out
from include.highlighting.highlight import Tally, highlight_slots
from include.highlighting.metrics import Counting
from include.highlighting.plan import plan_of
from include.highlighting.report import KEY, HighlightedResponse
from include.highlighting.server_side import ServerSide
from include.highlighting.sizes import BatchLimits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opensearchpy import OpenSearch

    from include.highlighting.cluster import Version
    from include.highlighting.defaults import IndexDefaults
    from include.highlighting.items import BatchHighlightingRequest, BatchHighlightingResult
    from include.highlighting.metrics import HighlightingMetrics
    from include.highlighting.plan import SearchPlan

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Request:
    """One search on its way."""

    index: Any
    body: dict[str, Any]
    plan: SearchPlan
    options: CallOptions
    deadline: Deadline
    params: dict[str, Any]


class SemanticHighlighter:
    """Searches, and highlights what answers the question in the hits.

    Args:
        client: `opensearchpy.OpenSearch` of a cluster of 3.0 or later; threads may share it, and this.
        model_id: of the deployed model, where a body names none in `highlight.options.model_id`.
        use_batch: many texts a call; a model that takes none is found out, and called singly.
        server_side: leave it to the server's own highlighter where that answers rightly; what it leaves out is ours.
        limits: of a batch.
        max_concurrency: calls at the same time, of one search.
        time_limit: seconds after which `search` answers with what is there.
        call_timeout: of one call, in seconds.
        cache_size: answers that are kept, 0 for none.
        defaults: by name of the index, or pattern with `*`.
        server_version: of the cluster, where it hides it.

    Raises:
        InvalidHighlightError: a number is not positive.
    """

    def __init__(
        self,
        client: OpenSearch,
        model_id: str | None = None,
        use_batch: bool = False,
        *,
        server_side: bool = False,
        limits: BatchLimits | None = None,
        max_concurrency: int = 2,
        time_limit: float = 30.0,
        call_timeout: float = 10.0,
        cache_size: int = 10_000,
        defaults: Mapping[str, IndexDefaults] | None = None,
        server_version: str | None = None,
    ) -> None:
        _check_positive(max_concurrency=max_concurrency, time_limit=time_limit, call_timeout=call_timeout)
        self._client, self._model_id, self._server_side = client, model_id, server_side
        self._limits, self._time_limit = limits or BatchLimits(), time_limit
        self._options = CallOptions(use_batch, max_concurrency, call_timeout)
        self._defaults, self._given_version = defaults or {}, server_version
        self._counting = Counting()
        self._engine = Engine(client, self._limits, SpanCache(cache_size), self._counting)
        self._version: Version | None = None
        self._factories_are_on = False

    @property
    def metrics(self) -> HighlightingMetrics:
        """What was done since this was made."""
        return self._counting.read()

    def search(
        self, index: str | list[str] | None, body: dict[str, Any], *, question: str | None = None, **params: Any
    ) -> HighlightedResponse:
        """The search's response, with `highlight` in its hits; their order, `_source` and `fields` are the server's.

        Args:
            index: to search.
            body: as for the server: fields of `"type": "semantic"` are ours, all else is left to the server.
            question: what to look for, where no `highlight_query` says it; else the text of the query.
            params: of `opensearchpy.OpenSearch.search`.

        Returns:
            What could not be highlighted, and why, is under `semantic_highlighting`, and in `.report`.

        Raises:
            InvalidHighlightError: no field is semantic, no model is named, an option is wrong.
            NoQuestionError: nothing says what to look for.
            ServerSideError: the cluster is too old, or `server_side` needs a setting that is off.
            opensearchpy.exceptions.TransportError: the search itself failed.
        """
        request = self._request(index, body, question, params)
        self._counting.add(searches=1)
        tally = Tally()
        response = self._by_server(request, tally) if self._server_side else None
        if response is None:
            response = self._search(request, request.plan.body)
            self._highlight(request, response, tally)
        clean(request.plan, _hits(response))
        return HighlightedResponse(response, tally.report(request.deadline.elapsed))

    def stream(
        self, index: str | list[str] | None, body: dict[str, Any], *, question: str | None = None, **params: Any
    ) -> Iterator[dict[str, Any]]:
        """The hits in the order of the search, each as soon as it is highlighted: the first need not wait for the last.

        One search is made, by the client's path, so `size` says how many hits there are (10,000 at most, by the index's
        settings). They are highlighted some at a time, and the time limit holds for each time anew: what comes late is
        a failure. A hit with failures has them under `semantic_highlighting`.

        Args:
            index: see `search`.
            body: see `search`.
            question: see `search`.
            params: see `search`.

        Raises:
            HighlightingError: see `search`.
        """
        request = self._request(index, body, question, params)
        self._counting.add(searches=1)
        hits = _hits(self._search(request, request.plan.body))
        step = self._limits.max_items if request.options.use_batch else 4 * request.options.max_concurrency
        parts = ((hits[first : first + step], first) for first in range(0, len(hits), step))
        return (hit for part, first in parts for hit in self._streamed(request, part, first))

    def highlight(
        self, request: BatchHighlightingRequest, *, model_id: str | None = None, time_limit: float | None = None
    ) -> BatchHighlightingResult:
        """Spans for texts that are already at hand.

        Args:
            request: the texts.
            model_id: of the model, unless it was given to the highlighter.
            time_limit: in seconds, unless that of the highlighter holds.

        Raises:
            InvalidHighlightError: there is no model.
        """
        chosen = model_id or self._model_id
        if chosen is None:
            raise InvalidHighlightError("model_id is None. Valid: the id of a deployed model. Give it here or above.")
        return self._engine.highlight(request, chosen, self._options, Deadline(time_limit or self._time_limit))

    def _request(
        self, index: str | list[str] | None, body: dict[str, Any], question: str | None, params: dict[str, Any]
    ) -> _Request:
        if any(name.startswith("_source") for name in params):
            raise InvalidHighlightError(
                f"_source is among {sorted(params)}. Valid: _source in the body. Move it there."
            )
        defaults = defaults_of(index, self._defaults)
        use_batch = self._options.use_batch if defaults.use_batch is None else defaults.use_batch
        options = CallOptions(use_batch, self._options.max_concurrency, self._options.call_timeout)
        asked = with_highlight(body, defaults)
        plan = plan_of(asked, defaults.model_id or self._model_id, question)
        self._check_version()
        return _Request(index, asked, plan, options, Deadline(defaults.time_limit or self._time_limit), params)

    def _check_version(self) -> Version:
        if self._version is None:
            self._version = cluster.read_version(self._client, self._given_version)
        return self._version

    def _search(self, request: _Request, body: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = self._client.search(index=request.index, body=body, params=dict(request.params))
        return found

    def _highlight(self, request: _Request, response: dict[str, Any], tally: Tally) -> None:
        slots = slots_of(request.plan, _hits(response))
        if _hits(response):
            tally.warnings += missing(request.plan, slots)
        highlight_slots(self._engine, slots, request.options, request.deadline, tally)

    def _streamed(self, request: _Request, hits: list[dict[str, Any]], first: int) -> Iterator[dict[str, Any]]:
        tally = Tally()
        slots = slots_of(request.plan, hits, first)
        highlight_slots(self._engine, slots, request.options, Deadline(request.deadline.seconds), tally)
        clean(request.plan, hits)
        for number, hit in enumerate(hits, first):
            failed = [each.as_dict() for each in tally.failed if each.place.partition(".")[0] == str(number)]
            if failed:
                hit[KEY] = {"failed": failed}
            yield hit

    def _by_server(self, request: _Request, tally: Tally) -> dict[str, Any] | None:
        """The server's response, completed; None where it is no use, which is told as a warning."""
        server = ServerSide(self._check_version(), request.options.use_batch, self._limits.max_items)
        reason = server.cannot(request.plan, request.body)
        if reason is None:
            self._check_factories(server)
            response, reason = self._asked_of_server(request, server)
            if response is not None:
                self._complete(request, server, response, tally)
                return response
        self._counting.add(fallbacks=1)
        tally.warnings.append(f"The server did not highlight: {reason}. The client did.")
        return None

    def _check_factories(self, server: ServerSide) -> None:
        if server.in_batches and not self._factories_are_on:
            cluster.check_factories(self._client)
            self._factories_are_on = True

    def _asked_of_server(self, request: _Request, server: ServerSide) -> tuple[dict[str, Any] | None, str | None]:
        from opensearchpy.exceptions import TransportError

        try:
            response = self._search(request, server.body(request.body, request.plan))
        except TransportError as error:
            return None, f"it answered {error.status_code} {error.error}"
        if response.get("_shards", {}).get("failed"):
            return None, "a shard failed, and its hits are missing"
        return response, None

    def _complete(self, request: _Request, server: ServerSide, response: dict[str, Any], tally: Tally) -> None:
        """Highlight what the server left out, silently."""
        tally.path = "server"
        self._counting.add(server_side_searches=1)
        slots = slots_of(request.plan, _hits(response))
        left_out = server.left_out(slots)
        places = {id(slot) for slot in left_out}
        for slot in slots:
            if id(slot) not in places:
                tally.add_shown(slot)
        if _hits(response):
            tally.warnings += missing(request.plan, slots)
        if left_out:
            tally.warnings.append(
                f"The server highlighted nothing, or not rightly, in {len(left_out)} of {len(slots)} fields of hits."
            )
            take_out(left_out)
        highlight_slots(self._engine, left_out, request.options, request.deadline, tally)


def _hits(response: dict[str, Any]) -> list[dict[str, Any]]:
    hits = response.get("hits")
    found = hits.get("hits") if isinstance(hits, dict) else None
    return found if isinstance(found, list) else []


def _check_positive(**numbers: float) -> None:
    for name, number in numbers.items():
        if number <= 0:
            raise InvalidHighlightError(f"{name} is {number!r}. Valid: more than 0.")
