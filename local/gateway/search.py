"""`_search`, `_count` and `_msearch`: `neural` clauses become k-NN queries, a `hybrid` query several searches.

What the semantic highlighter is to mark goes through `highlight` on its way back.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from local.gateway import hybrid
from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, UpstreamError
from local.gateway.highlight.plan import VERBOSE
from local.gateway.highlight.semantic import Highlights
from local.gateway.neural import NeuralQueries
from local.gateway.rest import Answer

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.highlight.plan import Plan
    from local.gateway.highlight.rules import Rules
    from local.gateway.predict import Predictions
    from local.gateway.rest import RestRequest
    from local.gateway.search_pipelines import SearchPipelines

_PATH = re.compile(r"^(?:/(?P<index>[^/]+))?/(?P<action>_search|_count|_msearch)/?$")
# Without one of these words in it a body is passed on as it is, unread.
_WORDS = re.compile(rb'"(?:neural|hybrid|semantic)"')
FILTER = "filter_path"


class Searches:
    """Search requests that may need a model."""

    def __init__(self, context: Context, predictions: Predictions, pipelines: SearchPipelines, rules: Rules) -> None:
        self._upstream = context.upstream
        self._pipelines = pipelines
        self._neural = NeuralQueries(context, predictions)
        self._highlights = Highlights(context, predictions, rules)

    def handles(self, method: str, path: str) -> bool:
        """Whether the request's body has to be looked at."""
        is_search = _PATH.match(path) is not None or self._highlights.scrolls(path)
        return method in ("GET", "POST") and is_search

    async def answer(self, request: RestRequest) -> Answer | None:
        """The answer to a search with a model in it; None: the server can do it alone."""
        if self._highlights.scrolls(request.path):
            return await self._highlights.next_page(request)
        content = request.content()
        if not _WORDS.search(content):
            return None
        matched = _PATH.match(request.path)
        index = matched and matched["index"]
        if matched and matched["action"] == "_msearch":
            return Answer(await self._multiple(request, content, index))
        search = await self._prepared(request, content, index)
        if search.plan is not None:
            return Answer(await self._searched(request, search))
        if search.answer is not None:
            return Answer(search.answer)
        return Answer(await self._upstream.call(request.method, request.target, search.content))

    async def _searched(self, request: RestRequest, search: _Prepared) -> dict[str, Any]:
        """The answer to a search with highlights."""
        answer = search.answer
        if answer is None:
            try:
                answer = await self._upstream.call(request.method, search.target or request.target, search.content)
            except UpstreamError as error:
                raise UpstreamError(error.status, self._highlights.shown(error.answer)) from error
        partial = request.query.get("allow_partial_search_results") != "false"
        await search.highlight(self._highlights, answer, partial=partial, verbose=_verbose(request, search.body))
        return answer

    async def _multiple(self, request: RestRequest, content: bytes, index: str | None) -> dict[str, Any]:
        """Each search of an `_msearch` by itself: one that fails is an error among the answers."""
        lines = [line for line in content.split(b"\n") if line.strip()]
        headers, bodies = lines[::2], lines[1::2]
        answered: dict[int, dict[str, Any]] = {}
        highlighted: dict[int, _Prepared] = {}
        passed: list[bytes] = []
        for number, (header, body) in enumerate(zip(headers, bodies, strict=False)):
            try:
                search = await self._prepared(request, body, _index_of(header) or index)
            except OpenSearchError as error:
                answered[number] = error.body()
                continue
            if search.plan is not None:
                highlighted[number] = search
            if search.answer is not None:
                answered[number] = {**search.answer, "status": 200}
            else:
                passed += [header, search.content]
        answer: dict[str, Any] = {"took": 0, "responses": []}
        if passed:
            target = _without(request, {FILTER}) if highlighted else request.target
            answer = await self._upstream.call(request.method, target, b"\n".join([*passed, b""]))
        for number, response in sorted(answered.items()):
            answer["responses"].insert(number, response)
        for number, search in highlighted.items():
            partial = json.loads(headers[number]).get("allow_partial_search_results") is not False
            answer["responses"][number] = await self._highlighted(search, answer["responses"][number], partial)
        return answer

    async def _highlighted(self, search: _Prepared, answer: dict[str, Any], partial: bool) -> dict[str, Any]:
        """One answer of an `_msearch`, or its error."""
        if "error" in answer:
            return self._highlights.shown(answer)
        try:
            await search.highlight(self._highlights, answer, partial=partial)
        except OpenSearchError as error:
            return error.body()
        return answer

    async def _prepared(self, request: RestRequest, content: bytes, index: str | None) -> _Prepared:
        """A search without `neural` clauses; a `hybrid` one is answered right away."""
        if not _WORDS.search(content):
            return _Prepared(content)
        body = await json_object(content, self._upstream)
        pipeline = await self._pipelines.of_search(request, body, index)
        where = index or "_all"
        document = content.decode("utf-8", "replace")
        plan = self._highlights.plan(body)
        if "query" in body:
            body["query"] = await self._neural.rewritten(body["query"], where, document, pipeline)
        if plan is not None:
            body = self._highlights.hidden(body)
        if plan is not None and "highlight" in body:
            body["highlight"] = await self._neural.rewritten(body["highlight"], where, document, pipeline)
        target = None if plan is None else await self._target(request, body, plan, pipeline)
        answer = None
        if hybrid.sub_queries(body.get("query")) is not None:
            answer = await hybrid.answer(self._upstream, where, body, pipeline)
        return _Prepared(json.dumps(body, separators=(",", ":")).encode(), answer, body, plan, target)

    async def _target(self, request: RestRequest, body: dict[str, Any], plan: Plan, pipeline: dict[str, Any]) -> str:
        """Path and query of a search with highlights, without what the gateway sees to itself."""
        seen_to = {FILTER}
        if _verbose(request, body) and await self._highlights.drops_verbose(plan, pipeline):
            body.pop(VERBOSE, None)
            seen_to.add(VERBOSE)
        return _without(request, seen_to)


class _Prepared(NamedTuple):
    """A search as the server is to see it, or its answer."""

    content: bytes
    answer: dict[str, Any] | None = None
    body: dict[str, Any] = {}  # noqa: RUF012
    plan: Plan | None = None
    target: str | None = None

    async def highlight(
        self, highlights: Highlights, answer: dict[str, Any], *, partial: bool, verbose: bool = False
    ) -> None:
        """Put the highlights that the search asks for into its answer."""
        if self.plan is not None:
            await highlights.highlight(self.plan, self.body, answer, partial=partial, verbose=verbose)


def _verbose(request: RestRequest, body: dict[str, Any]) -> bool:
    return request.query.get(VERBOSE, str(body.get(VERBOSE, ""))).lower() == "true"


def _without(request: RestRequest, names: set[str]) -> str:
    """Path and query of a request without some parameters."""
    path, _, _ = request.target.partition("?")
    kept = {name: value for name, value in request.query.items() if name not in names}
    return f"{path}?{urlencode(kept)}" if kept else path


def _index_of(header: bytes) -> str | None:
    index = json.loads(header).get("index")
    return ",".join(index) if isinstance(index, list) else index
