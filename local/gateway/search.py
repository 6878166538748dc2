"""`_search`, `_count` and `_msearch`: clauses that need a model lose it, a `hybrid` query becomes several searches.

What the semantic highlighter is to mark goes through `highlight` on its way back.
"""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from local.gateway import hybrid, hybrid_query, probe
from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, UpstreamError
from local.gateway.highlight.plan import VERBOSE
from local.gateway.highlight.semantic import Highlights
from local.gateway.neural import NeuralQueries
from local.gateway.rest import Answer
from local.gateway.search_pipelines import PROCESSORS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.gateway.context import Context
    from local.gateway.highlight.plan import Plan
    from local.gateway.highlight.rules import Rules
    from local.gateway.predict import Predictions
    from local.gateway.rest import RestRequest
    from local.gateway.search_pipelines import SearchPipelines

_PATH = re.compile(r"^(?:/(?P<index>[^/]+))?/(?P<action>_search|_count|_msearch)/?$")
# Without one of these words in it a body is passed on as it is, unread.
_WORDS = re.compile(rb'"(?:neural|neural_sparse|hybrid|semantic|%b)"' % "|".join(PROCESSORS).encode())
FILTER = "filter_path"
# Parameters of the URL that say the same as a field of the body.
_NUMBERS = ("from", "size", "terminate_after")
_FLAGS = ("explain", "version", "seq_no_primary_term", "track_scores", "track_total_hits")


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
        if matched and matched["action"] == "_count":
            counted = await self._counted(request, content, index)
            return Answer(await self._upstream.call(request.method, request.target, counted))
        search = await self._prepared(request, content, index, request.query)
        if search.plan is not None:
            return Answer(await self._searched(request, search))
        if search.answer is not None:
            return Answer(search.answer)
        return Answer(await self._upstream.call(request.method, request.target, search.content))

    async def _searched(self, request: RestRequest, search: _Prepared) -> dict[str, Any]:
        """The answer to a search with highlights."""
        answer = search.answer
        if answer is None:
            with self._names():
                answer = await self._upstream.call(request.method, search.target or request.target, search.content)
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
                search = await self._prepared(request, body, _index_of(header) or index, json.loads(header))
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

    async def _prepared(
        self, request: RestRequest, content: bytes, index: str | None, options: dict[str, Any]
    ) -> _Prepared:
        """A search that needs no model any more; a `hybrid` one is answered right away."""
        if not _WORDS.search(content):
            return _Prepared(content)
        body, pipeline, plan = await self._rewritten(request, content, index)
        target = None if plan is None else await self._target(request, body, plan, pipeline)
        found = hybrid_query.hybrid_of(body.get("query"))
        where = index or "_all"
        if found is not None:
            body |= _of_url(options)
            search = hybrid.Search(self._upstream, where, body, found, pipeline, options)
            return _Prepared(content, await hybrid.answer(search), body, plan, target)
        summed = await hybrid.summed(self._upstream, where, body)
        return _Prepared(_encoded(self._pipelines.without_ours(summed)), None, body, plan, target)

    async def _counted(self, request: RestRequest, content: bytes, index: str | None) -> bytes:
        body, *_ = await self._rewritten(request, content, index)
        return _encoded(await hybrid.summed(self._upstream, index or "_all", body))

    async def _rewritten(
        self, request: RestRequest, content: bytes, index: str | None
    ) -> tuple[dict[str, Any], dict[str, Any], Plan | None]:
        """The search without clauses that need a model, its pipeline, and what is to be highlighted."""
        body = await json_object(content, self._upstream)
        document = content.decode("utf-8", "replace")
        hybrid_query.check_syntax(body.get("query"), document)
        self._neural.check_syntax(body.get("query"), document)
        plan = self._highlights.plan(body)
        if plan is not None:
            body = self._highlights.hidden(body)
        with self._names():
            await probe.check(self._upstream, body, document, "_count" if "_count" in request.path else "_search")
        if "query" in body:
            body["query"] = hybrid_query.pushed_down(body["query"])
        pipeline = await self._pipelines.of_search(request, body, index)
        return await self._neural.rewritten(body, index or "_all", pipeline), pipeline, plan

    @contextmanager
    def _names(self) -> Iterator[None]:
        """Errors of the server call highlighted fields by the names that it was not given."""
        try:
            yield
        except UpstreamError as error:
            raise UpstreamError(error.status, self._highlights.shown(error.answer)) from error

    async def _target(self, request: RestRequest, body: dict[str, Any], plan: Plan, pipeline: dict[str, Any]) -> str:
        """Path and query of a search with highlights, without what the gateway sees to itself."""
        seen_to = {FILTER}
        if _verbose(request, body) and await self._highlights.drops_verbose(plan, pipeline):
            body.pop(VERBOSE, None)
            seen_to.add(VERBOSE)
        return _without(request, seen_to)


@dataclass(frozen=True)
class _Prepared:
    """A search as the server is to see it, or its answer."""

    content: bytes
    answer: dict[str, Any] | None = None
    body: dict[str, Any] = field(default_factory=dict)
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


def _encoded(body: dict[str, Any]) -> bytes:
    return json.dumps(body, separators=(",", ":")).encode()


def _of_url(options: dict[str, Any]) -> dict[str, Any]:
    """What the URL says of a search beside its body."""
    said: dict[str, Any] = {name: int(options[name]) for name in _NUMBERS if name in options}
    said |= {name: options[name] in ("", "true") for name in _FLAGS if name in options}
    if options.get("track_total_hits", "").isdigit():
        said["track_total_hits"] = int(options["track_total_hits"])
    includes, excludes = (options.get(name) for name in ("_source_includes", "_source_excludes"))
    if includes or excludes:
        said["_source"] = {"includes": _names(includes), "excludes": _names(excludes)}
    elif "_source" in options:
        named = options["_source"]
        said["_source"] = named == "true" if named in ("true", "false") else _names(named)
    return said


def _names(listed: str | None) -> list[str]:
    return listed.split(",") if listed else []
