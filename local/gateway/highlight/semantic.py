"""Searches with semantic highlighting, from the request to the answer."""

from __future__ import annotations

import copy
import re
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, refuse
from local.gateway.highlight import batch, targets
from local.gateway.highlight.fetch_phase import FetchPhase
from local.gateway.highlight.fetched import read_more_than_once
from local.gateway.highlight.plan import Plan, for_the_server, plan_of, with_names
from local.gateway.highlight.single import Fetching
from local.gateway.lookup import find_model
from local.gateway.rest import Answer

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.highlight.rules import Rules
    from local.gateway.predict import Predictions
    from local.gateway.rest import RestRequest

FACTORIES = "cluster.search.enabled_system_generated_factories"
FACTORY = "semantic-highlighter"
PROCESSOR = "semantic_highlighting"
MOST_SCROLLS = 500
_SCROLL = re.compile(r"^/_search/scroll(?:/(?P<id>.+))?/?$")


class Highlights:
    """The semantic highlighter.

    Args:
        context: of the gateway.
        predictions: runs the models.
        rules: of the version that it stands for.
    """

    def __init__(self, context: Context, predictions: Predictions, rules: Rules) -> None:
        self._context = context
        self._upstream = context.upstream
        self._predictions = predictions
        self._rules = rules
        self._scrolls: OrderedDict[str, Plan] = OrderedDict()

    def plan(self, body: dict[str, Any]) -> Plan | None:
        """What a search asks for, None for nothing."""
        return plan_of(body, self._rules)

    def hidden(self, body: dict[str, Any]) -> dict[str, Any]:
        """The search as the server is to see it."""
        return for_the_server(body, self._rules)

    async def highlight(
        self, plan: Plan, sent: dict[str, Any], answer: dict[str, Any], *, partial: bool = True, verbose: bool = False
    ) -> None:
        """Put the highlights into `answer`.

        Args:
            plan: of the search.
            sent: the search as the server got it.
            answer: the server's.
            partial: whether hits are wanted if a shard fails.
            verbose: whether the answer tells of its processors.

        Raises:
            OpenSearchError: the search fails.
        """
        enabled = await self._enabled() if plan.batches or verbose else False
        await self._fetch(plan, sent, answer, enabled=enabled, partial=partial)
        if "_scroll_id" in answer:
            self._remember(answer["_scroll_id"], plan.next_page())
        if plan.processed and enabled:
            await self._process(plan, answer, verbose=verbose)

    def shown(self, answer: dict[str, Any]) -> dict[str, Any]:
        """An error in which the server calls fields by the names that it was given."""
        return with_names(answer)

    async def drops_verbose(self, plan: Plan, pipeline: dict[str, Any]) -> bool:
        """Whether only the highlighter's processor will tell of itself: the server refuses to tell of nothing."""
        return not pipeline and plan.processed and await self._enabled()

    def scrolls(self, path: str) -> bool:
        """Whether `path` is that of the next page of a search."""
        return _SCROLL.match(path) is not None

    async def next_page(self, request: RestRequest) -> Answer | None:
        """The next page of a search with highlights; None: the server can give it alone."""
        found = _SCROLL.match(request.path)
        content = request.content()
        body = await json_object(content, self._upstream) if content.startswith(b"{") else {}
        scroll_id = body.get("scroll_id") or request.query.get("scroll_id") or (found and found["id"])
        plan = self._scrolls.get(str(scroll_id))
        if plan is None:
            return None
        answer = await self._upstream.call(request.method, request.target, content)
        await self.highlight(plan, {}, answer)
        return Answer(answer)

    def _remember(self, scroll_id: str, plan: Plan) -> None:
        self._scrolls[scroll_id] = plan
        self._scrolls.move_to_end(scroll_id)
        while len(self._scrolls) > MOST_SCROLLS:
            self._scrolls.popitem(last=False)

    async def _fetch(
        self, plan: Plan, sent: dict[str, Any], answer: dict[str, Any], *, enabled: bool, partial: bool
    ) -> None:
        hits = answer["hits"]["hits"]
        if not hits or (enabled and all(field.batch for field in plan.all_fields())):
            return
        phase = FetchPhase(self._upstream, Fetching(self._predictions, self._rules, batches=enabled), plan)
        read = None
        if answer["_shards"]["total"] == 1:
            read = await read_more_than_once(self._upstream, hits[0]["_index"], sent)
        await phase.run(answer, read=read, partial=partial)

    async def _process(self, plan: Plan, answer: dict[str, Any], *, verbose: bool) -> None:
        started = time.perf_counter()
        hits = answer["hits"]["hits"]
        before = copy.deepcopy(hits) if verbose else []
        job = targets.job(plan.search, self._rules)
        if job is not None and hits:
            if self._rules.batch_refuses:
                await self._check_model(job.model_id)
            await batch.highlight(self._predictions, job, hits, self._rules)
        if verbose:
            seconds = time.perf_counter() - started
            answer.setdefault("processor_results", []).append(_told(seconds, before, copy.deepcopy(hits)))

    async def _check_model(self, model_id: str) -> None:
        """Under the rules of 3.7 the model's kind is looked up first; here all are remote, as they have to be."""
        try:
            await find_model(self._context, model_id)
        except OpenSearchError as error:
            if error.status != 404:
                raise
            raise refuse("model_not_found", id=model_id) from error

    async def _enabled(self) -> bool:
        """Whether the cluster lets the highlighter put its processor behind searches."""
        settings = await self._upstream.call("GET", "/_cluster/settings?flat_settings=true")
        names = settings["transient"].get(FACTORIES) or settings["persistent"].get(FACTORIES) or []
        return bool({FACTORY, "*"} & set([names] if isinstance(names, str) else names))


def _told(seconds: float, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "processor_name": PROCESSOR,
        "tag": FACTORY,
        "duration_millis": round(seconds * 1000),
        "status": "success",
        "input_data": before,
        "output_data": after,
    }
