"""The gateway: ML Commons in front of a plain OpenSearch with k-NN, which answers everything else itself."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from local.gateway import semantic_fields
from local.gateway.asgi import forward, read_request, send_answer, target
from local.gateway.connectors import Connectors
from local.gateway.context import Context
from local.gateway.deploy_api import DeployApi
from local.gateway.deployment import Deployment
from local.gateway.documents import Documents
from local.gateway.errors import OpenSearchError
from local.gateway.highlight.rules import DEFAULT, RULES
from local.gateway.model_groups import ModelGroups
from local.gateway.models import Models
from local.gateway.neural_stats import NeuralStats
from local.gateway.pipelines import Pipelines
from local.gateway.predict import Predictions
from local.gateway.registration import Registration
from local.gateway.rest import Answer, RestRequest
from local.gateway.router import Route, Router
from local.gateway.search import Searches
from local.gateway.search_pipelines import SearchPipelines
from local.gateway.settings_api import SettingsApi
from local.gateway.simulate import Simulations
from local.gateway.stats import Stats
from local.gateway.tasks import Tasks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Receive, Scope, Send

    from local.gateway.highlight.rules import Rules

log = logging.getLogger(__name__)
HEALTH = "/_local/health"


class Gateway:
    """An ASGI application in front of one OpenSearch.

    Args:
        url: of the OpenSearch server.
        rules: of semantic highlighting, which differ from version to version.
    """

    def __init__(self, url: str, rules: Rules = RULES[DEFAULT]) -> None:
        self.context = Context.of(url)
        tasks = Tasks(self.context)
        groups = ModelGroups(self.context)
        self._deployment = Deployment(self.context, tasks)
        predictions = Predictions(self.context, self._deployment)
        pipelines = Pipelines(self.context)
        search_pipelines = SearchPipelines(self.context)
        self._searches = Searches(self.context, predictions, search_pipelines, rules)
        self._documents = Documents(self.context, predictions, pipelines)
        self._router = Router(
            [
                Route("GET", HEALTH, self.health),
                *SettingsApi(self.context).routes(),
                *Connectors(self.context).routes(),
                *groups.routes(),
                *Models(self.context, groups, self._deployment).routes(),
                *Registration(self.context, groups, tasks, self._deployment).routes(),
                *DeployApi(self.context, self._deployment).routes(),
                *predictions.routes(),
                *tasks.routes(),
                *Stats(self.context).routes(),
                *NeuralStats(self.context).routes(),
                *pipelines.routes(),
                *search_pipelines.routes(),
                *Simulations(self.context, predictions, pipelines).routes(),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, send)

    async def health(self, request: RestRequest) -> Answer:
        """200 once the server behind the gateway answers."""
        answer = await self.context.upstream.call("GET", "/_cluster/health?local=true")
        return Answer({"status": "ok", "opensearch": self.context.upstream.url, "cluster": answer["status"]})

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._deployment.close()
        await self.context.upstream.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        routes, values = self._router.find(scope["path"])
        request = RestRequest(scope["method"], scope["path"], target(scope), list(scope["headers"]))
        try:
            if routes:
                request = await read_request(scope, receive)
                await send_answer(
                    await self._router.answer(request, routes, values), request, send, self.context.upstream
                )
            else:
                await self._answer_or_forward(scope, receive, send)
        except OpenSearchError as error:
            log.debug("%s %s: %s", request.method, request.target, error)
            await send_answer(Answer(error.body(), error.status), request, send, self.context.upstream)

    async def _answer_or_forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Look at a request that may need a model; whatever does not is the server's."""
        handler = await self._handler(scope["method"], scope["path"])
        if handler is None:
            await forward(scope, receive, send, self.context.upstream)
            return
        request = await read_request(scope, receive)
        answer = await handler(request)
        if answer is None:
            await forward(scope, receive, send, self.context.upstream, request.body)
        else:
            await send_answer(answer, request, send, self.context.upstream)

    async def _handler(self, method: str, path: str) -> Callable[[RestRequest], Awaitable[Answer | None]] | None:
        if self._searches.handles(method, path):
            return self._searches.answer
        if semantic_fields.handles(method, path):
            return self._check_semantic_fields
        return self._documents.answer if await self._documents.handles(method, path) else None

    async def _check_semantic_fields(self, request: RestRequest) -> None:
        await semantic_fields.check(self.context, request)
