"""`_search`, `_count` and `_msearch`: `neural` clauses become k-NN queries, a `hybrid` query several searches."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from local.gateway import hybrid
from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError
from local.gateway.neural import NeuralQueries
from local.gateway.rest import Answer

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.predict import Predictions
    from local.gateway.rest import RestRequest
    from local.gateway.search_pipelines import SearchPipelines

_PATH = re.compile(r"^(?:/(?P<index>[^/]+))?/(?P<action>_search|_count|_msearch)/?$")
# Without one of these words in it a body is passed on as it is, unread.
_WORDS = re.compile(rb'"(?:neural|hybrid)"')


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
        search = await self._prepared(request, content, index)
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
                search = await self._prepared(request, body, _index_of(header) or index)
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

    async def _prepared(self, request: RestRequest, content: bytes, index: str | None) -> _Prepared:
        """A search without `neural` clauses; a `hybrid` one is answered right away."""
        if not _WORDS.search(content):
            return _Prepared(content)
        body = await json_object(content, self._upstream)
        pipeline = await self._pipelines.of_search(request, body, index)
        where = index or "_all"
        document = content.decode("utf-8", "replace")
        body["query"] = await self._neural.rewritten(body.get("query"), where, document, pipeline)
        if hybrid.sub_queries(body["query"]) is not None:
            return _Prepared(content, await hybrid.answer(self._upstream, where, body, pipeline))
        return _Prepared(json.dumps(body, separators=(",", ":")).encode())


class _Prepared(NamedTuple):
    """A search as the server is to see it, or its answer."""

    content: bytes
    answer: dict[str, Any] | None = None


def _index_of(header: bytes) -> str | None:
    index = json.loads(header).get("index")
    return ",".join(index) if isinstance(index, list) else index
