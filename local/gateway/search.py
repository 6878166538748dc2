"""`_search`, `_count` and `_msearch`: `neural` clauses become k-NN queries on their way to the server."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError
from local.gateway.neural import NeuralQueries
from local.gateway.rest import Answer

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.predict import Predictions
    from local.gateway.rest import RestRequest

_PATH = re.compile(r"^(?:/(?P<index>[^/]+))?/(?P<action>_search|_count|_msearch)/?$")
# Without one of these words in it a body is passed on as it is, unread.
_WORDS = re.compile(rb'"neural"')


class Searches:
    """Search requests that may need a model."""

    def __init__(self, context: Context, predictions: Predictions) -> None:
        self._upstream = context.upstream
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
            return await self._multiple(request, content, index)
        body = await self._rewritten(content, index)
        return Answer(await self._upstream.call(request.method, request.target, body))

    async def _multiple(self, request: RestRequest, content: bytes, index: str | None) -> Answer:
        """Each search of an `_msearch` by itself: one that fails is an error among the answers."""
        lines = [line for line in content.split(b"\n") if line.strip()]
        failed: dict[int, dict[str, Any]] = {}
        passed: list[bytes] = []
        for number, (header, search) in enumerate(zip(lines[::2], lines[1::2], strict=False)):
            try:
                rewritten = (
                    await self._rewritten(search, _index_of(header) or index) if _WORDS.search(search) else search
                )
            except OpenSearchError as error:
                failed[number] = error.body()
            else:
                passed += [header, rewritten]
        answer: dict[str, Any] = {"took": 0, "responses": []}
        if passed:
            answer = await self._send_multiple(request, passed)
        for number, response in sorted(failed.items()):
            answer["responses"].insert(number, response)
        return Answer(answer)

    async def _send_multiple(self, request: RestRequest, lines: list[bytes]) -> dict[str, Any]:
        return await self._upstream.call(request.method, request.target, b"\n".join([*lines, b""]))

    async def _rewritten(self, content: bytes, index: str | None) -> bytes:
        body = await json_object(content, self._upstream)
        if "query" in body:
            document = content.decode("utf-8", "replace")
            body["query"] = await self._neural.rewritten(body["query"], index or "_all", document)
        return json.dumps(body, separators=(",", ":")).encode()


def _index_of(header: bytes) -> str | None:
    index = json.loads(header).get("index")
    return ",".join(index) if isinstance(index, list) else index
