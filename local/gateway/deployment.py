"""Deploying and undeploying remote models: in memory at once, in the index a moment later, as on a real node.

Two things happen side by side, and their order is what the recordings show. A deployment creates its task, writes
DEPLOYING, brings the model up in memory, answers, and only then writes DEPLOYED and completes the task. A prediction on
a model that is not deployed brings it up in memory for itself and starts such a deployment behind its back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING, Any

from local.gateway.errors import OpenSearchError
from local.gateway.lookup import find_connector, find_model
from local.gateway.mappings import MODELS
from local.gateway.node import DEPLOYED, DEPLOYING, CachedModel
from local.gateway.predictor import Predictor
from local.gateway.settings import PRIVATE_IP
from local.gateway.store import now_ms
from local.gateway.tasks import COMPLETED, FAILED, RUNNING
from local.gateway.throttle import bucket

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from local.gateway.context import Context
    from local.gateway.tasks import Tasks

log = logging.getLogger(__name__)

# How long the steps of a deployment take (05 e400_state: DEPLOYING after 36 ms, DEPLOYED 29 ms later). Without them an
# undeploy right after a prediction would come too late to be undone; so the prediction has to be over, too, unless it
# takes long.
START_SECONDS = 0.05
CALL_SECONDS = 0.3
REPORT_SECONDS = 0.03


class _UnderWay:
    """A deployment that is going on: whether it may start, whether it is in the index, and the work left to do."""

    def __init__(self) -> None:
        self.may_start = asyncio.Event()
        self.announced = asyncio.Event()
        self.work: list[asyncio.Task[None]] = []


class Deployment:
    """Brings models up on this node and takes them down."""

    def __init__(self, context: Context, tasks: Tasks) -> None:
        self._context = context
        self._node = context.node
        self._tasks = tasks
        self._under_way: dict[str, _UnderWay] = {}
        self._loading: dict[str, asyncio.Lock] = {}
        self._background: set[asyncio.Task[None]] = set()

    async def deploy(self, model_id: str) -> str:
        """The id of the task of a deployment that has reached the node; it is reported later.

        Raises:
            OpenSearchError: the model or its connector cannot be had; the task is FAILED, the model DEPLOY_FAILED.
        """
        return await self._deploy(model_id, self._begin(model_id))

    def deploy_later(self, model_id: str, *, after_call: bool = False) -> None:
        """Deploy after the request is answered; failures are logged and stand in the task.

        Args:
            model_id: of the model.
            after_call: wait a while for `call_ended`.
        """
        under_way = self._begin(model_id)
        if not after_call:
            under_way.may_start.set()
        under_way.work.append(self._start(self._logged(model_id, self._deploy_when_free(model_id, under_way))))

    def call_ended(self, model_id: str) -> None:
        """The prediction that started a deployment has its answer, or has failed."""
        if model_id in self._under_way:
            self._under_way[model_id].may_start.set()

    async def bring_up_for_call(self, model_id: str) -> CachedModel:
        """Bring a model up for a prediction, and start its deployment unless one is under way or done."""
        cached = self._node.models.get(model_id)
        if (cached is None or not cached.workers) and not self._is_under_way(model_id):
            self.deploy_later(model_id, after_call=True)
        if cached is None or cached.predictor is None:
            cached = await self._bring_up(model_id, await self._node.id(), for_call=True)
        return cached

    async def settle_if_first_call(self, model_id: str) -> None:
        """Wait for the model's deployment if this is the node's first remote call: that one takes longer (10)."""
        first, self._node.called_remote = not self._node.called_remote, True
        under_way = self._under_way.get(model_id)
        while first and under_way and any(not task.done() for task in under_way.work):
            await asyncio.wait(list(under_way.work))

    async def undeploy(self, model_ids: list[str]) -> dict[str, str]:
        """For each model `undeployed`, or `not_found` where this node did not serve it.

        The node forgets the models before anything is written, so a deployment under way brings them back.
        """
        removed = {model_id: await self._remove(model_id) for model_id in model_ids}
        found = {model_id: cached for model_id, cached in removed.items() if cached}
        for model_id in found or model_ids:
            if model_id in found and not found[model_id].workers:
                await self._undeploy_partly(model_id)
            else:
                await self._write_if_there(model_id, _undeployed())
        return {model_id: "undeployed" if model_id in found else "not_found" for model_id in model_ids}

    async def refresh(self, model_id: str) -> None:
        """Bring up a deployed model anew: it, or its connector, was changed."""
        cached = self._node.models.get(model_id)
        if cached is not None and cached.predictor is not None:
            old = cached.predictor
            await self._load(model_id, cached)
            await old.close()

    async def close(self) -> None:
        """End what still runs, and all connections to remote models."""
        for task in list(self._background):
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        for cached in self._node.models.values():
            if cached.predictor is not None:
                await cached.predictor.close()

    def _begin(self, model_id: str) -> _UnderWay:
        under_way = self._under_way[model_id] = _UnderWay()
        return under_way

    def _is_under_way(self, model_id: str) -> bool:
        under_way = self._under_way.get(model_id)
        return under_way is not None and (not under_way.work or any(not task.done() for task in under_way.work))

    async def _deploy_when_free(self, model_id: str, under_way: _UnderWay) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(under_way.may_start.wait(), CALL_SECONDS)
        await asyncio.sleep(START_SECONDS)
        await self._deploy(model_id, under_way)

    async def _deploy(self, model_id: str, under_way: _UnderWay) -> str:
        try:
            node_id = await self._node.id()
            task_id = await self._tasks.create("DEPLOY_MODEL", is_async=True, model_id=model_id)
            try:
                await self._write(model_id, _planned(node_id))
                under_way.announced.set()
                cached = await self._bring_up(model_id, node_id)
            except OpenSearchError as error:
                await self._tasks.update(task_id, state=FAILED, error=str(error))
                await self._write_if_there(model_id, {"model_state": "DEPLOY_FAILED"})
                raise
        finally:
            under_way.announced.set()
        cached.workers.add(node_id)
        under_way.work.append(self._start(self._logged(model_id, self._report(model_id, task_id))))
        return task_id

    async def _report(self, model_id: str, task_id: str) -> None:
        await asyncio.sleep(REPORT_SECONDS)
        await self._tasks.update(task_id, state=RUNNING)
        await self._write_if_there(model_id, _deployed())
        await self._tasks.update(task_id, state=COMPLETED)

    async def _bring_up(self, model_id: str, node_id: str, *, for_call: bool = False) -> CachedModel:
        self._node.requested("deploy", model_id)
        async with self._loading.setdefault(model_id, asyncio.Lock()):
            if self._node.is_deployed(model_id):
                self._node.counts["executing"] += 1  # and never down again: 04 stats
                cached = self._node.models[model_id]
                cached.targets = cached.targets if for_call else [node_id]
                return cached
            cached = CachedModel(DEPLOYING, targets=[node_id])
            await self._load(model_id, cached)
            cached.state = DEPLOYED
            self._node.models[model_id] = cached
            self._node.counts["deployed"] += 1
            return cached

    async def _load(self, model_id: str, cached: CachedModel) -> None:
        model = (await find_model(self._context, model_id)).source
        connector = model.get("connector") or await find_connector(self._context, model["connector_id"])
        credential = await self._context.credentials.decrypt(connector.get("credential") or {})
        cached.is_enabled = model.get("is_enabled")
        cached.predictor = Predictor(
            {**connector, "credential": credential},
            self._context.upstream,
            private_ip=await self._context.settings.on(PRIVATE_IP),
            limit=bucket(model.get("rate_limiter")),
        )

    async def _remove(self, model_id: str) -> CachedModel | None:
        cached = self._node.models.pop(model_id, None)
        if cached is None or cached.state != DEPLOYED:
            return None
        self._node.requested("undeploy", model_id)
        self._node.counts["deployed"] -= 1
        if cached.predictor is not None:
            await cached.predictor.close()
        return cached

    async def _undeploy_partly(self, model_id: str) -> None:
        """Undeploy a model that no node was known to serve: its state stays what the deployment wrote (01, 09)."""
        await self._under_way[model_id].announced.wait()
        nodes = {"planning_worker_nodes": [], "planning_worker_node_count": 0, "current_worker_node_count": 0}
        await self._write_if_there(model_id, {"deploy_to_all_nodes": False, **nodes})
        back = self._node.models.get(model_id)
        if back is not None:
            back.workers.clear()
            back.targets = []

    async def _write(self, model_id: str, fields: dict[str, Any]) -> None:
        await self._context.store.update(MODELS, model_id, {**fields, "last_updated_time": now_ms()})

    async def _write_if_there(self, model_id: str, fields: dict[str, Any]) -> None:
        if await self._context.store.get(MODELS, model_id) is not None:
            await self._write(model_id, fields)

    async def _logged(self, model_id: str, work: Coroutine[Any, Any, Any]) -> None:
        try:
            await work
        except OpenSearchError as error:
            log.warning("Deploying model %s failed: %s", model_id, error)

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def _planned(node_id: str) -> dict[str, Any]:
    nodes = {"planning_worker_node_count": 1, "planning_worker_nodes": [node_id]}
    return {"model_state": DEPLOYING, **nodes, "deploy_to_all_nodes": True}


def _deployed() -> dict[str, Any]:
    time = {"last_deployed_time": now_ms()}
    return {"model_state": DEPLOYED, "current_worker_node_count": 1, "auto_redeploy_retry_times": 0, **time}


def _undeployed() -> dict[str, Any]:
    nodes = {"planning_worker_node_count": 0, "current_worker_node_count": 0, "planning_worker_nodes": []}
    return {"model_state": "UNDEPLOYED", **nodes}
