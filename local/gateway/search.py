"""`_search`, `_count` and `_msearch`: clauses that need a model lose it, a `hybrid` query becomes several searches."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from local.gateway import hybrid, hybrid_query, probe
from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError
from local.gateway.neural import NeuralQueries
from local.gateway.rest import Answer
from local.gateway.search_pipelines import PROCESSORS

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.predict import Predictions
    from local.gateway.rest import RestRequest
    from local.gateway.search_pipelines import SearchPipelines

_PATH = re.compile(r"^(?:/(?P<index>[^/]+))?/(?P<action>_search|_count|_msearch)/?$")
# Without one of these words in it a body is passed on as it is, unread.
_WORDS = re.compile(rb'"(?:neural|neural_sparse|hybrid|%b)"' % "|".join(PROCESSORS).encode())
# Parameters of the URL that say the same as a field of the body.
_NUMBERS = ("from", "size", "terminate_after")
_FLAGS = ("explain", "version", "seq_no_primary_term", "track_scores", "track_total_hits")


class Searches:
    """Search requests that may need a model."""

    def __init__(self, context: Context, predictions: Predictions, pipelines: SearchPipelines) -> None:
        self._upstream = context.upstream
        self._pipelines = pipelines
        self._neural = NeuralQueries(context, predictions)

    def handles(self, method: str, path: str) -> bool:
        """Whether the request's body has to be looked at."""
        return method in ("GET", "POST") and _PATH.match(path) is not None

    async def answer(self, request: RestRequest) -> Answer | None:
        """The answer to a search with a model in it; None: the server can do it alone."""
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
        if search.answer is not None:
            return Answer(search.answer)
        return Answer(await self._upstream.call(request.method, request.target, search.content))

    async def _multiple(self, request: RestRequest, content: bytes, index: str | None) -> dict[str, Any]:
        """Each search of an `_msearch` by itself: one that fails is an error among the answers."""
        lines = [line for line in content.split(b"\n") if line.strip()]
        headers, bodies = lines[::2], lines[1::2]
        answered: dict[int, dict[str, Any]] = {}
        passed: list[bytes] = []
        for number, (header, body) in enumerate(zip(headers, bodies, strict=False)):
            try:
                search = await self._prepared(request, body, _index_of(header) or index, json.loads(header))
            except OpenSearchError as error:
                answered[number] = error.body()
                continue
            if search.answer is not None:
                answered[number] = {**search.answer, "status": 200}
            else:
                passed += [header, search.content]
        answer: dict[str, Any] = {"took": 0, "responses": []}
        if passed:
            answer = await self._upstream.call(request.method, request.target, b"\n".join([*passed, b""]))
        for number, response in sorted(answered.items()):
            answer["responses"].insert(number, response)
        return answer

    async def _prepared(
        self, request: RestRequest, content: bytes, index: str | None, options: dict[str, Any]
    ) -> _Prepared:
        """A search that needs no model any more; a `hybrid` one is answered right away."""
        if not _WORDS.search(content):
            return _Prepared(content)
        body, pipeline = await self._rewritten(request, content, index)
        found = hybrid_query.hybrid_of(body.get("query"))
        where = index or "_all"
        if found is not None:
            body |= _of_url(options)
            search = hybrid.Search(self._upstream, where, body, found, pipeline, options)
            return _Prepared(content, await hybrid.answer(search))
        summed = await hybrid.summed(self._upstream, where, body)
        return _Prepared(_encoded(self._pipelines.without_ours(summed)))

    async def _counted(self, request: RestRequest, content: bytes, index: str | None) -> bytes:
        body, _ = await self._rewritten(request, content, index)
        return _encoded(await hybrid.summed(self._upstream, index or "_all", body))

    async def _rewritten(
        self, request: RestRequest, content: bytes, index: str | None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """The search without clauses that need a model, and its pipeline."""
        body = await json_object(content, self._upstream)
        document = content.decode("utf-8", "replace")
        hybrid_query.check_syntax(body.get("query"), document)
        self._neural.check_syntax(body.get("query"), document)
        await probe.check(self._upstream, body, document, "_count" if "_count" in request.path else "_search")
        if "query" in body:
            body["query"] = hybrid_query.pushed_down(body["query"])
        pipeline = await self._pipelines.of_search(request, body, index)
        return await self._neural.rewritten(body, index or "_all", pipeline), pipeline


class _Prepared(NamedTuple):
    """A search as the server is to see it, or its answer."""

    content: bytes
    answer: dict[str, Any] | None = None


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
