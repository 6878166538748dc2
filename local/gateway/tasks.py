"""`/_plugins/_ml/tasks`: the record of registrations and deployments; get, delete, search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.errors import OpenSearchError, refuse
from local.gateway.mappings import TASKS
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.store import MissingIndexError, now_ms
from local.gateway.system_search import search_routes, stored

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest
    from local.gateway.store import Document

BASE = "/_plugins/_ml/tasks"
CREATED = "CREATED"
RUNNING = "RUNNING"
COMPLETED = "COMPLETED"
FAILED = "FAILED"


class Tasks:
    """The tasks of the cluster."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        one = f"{BASE}/{{task_id}}"
        return [
            Route("GET", one, self.get),
            Route("DELETE", one, self.delete),
            *search_routes(self._context, BASE, TASKS),
        ]

    async def get(self, request: RestRequest) -> Answer:
        """The task."""
        return Answer((await self._find(request.params["task_id"])).source)

    async def delete(self, request: RestRequest) -> Answer:
        """Delete a task that does not run."""
        try:
            task = await self._find(request.params["task_id"])
        except OpenSearchError as error:
            if isinstance(error.__cause__, MissingIndexError):
                error.caused_by = error.__cause__.cause
            raise
        if task.source["state"] == RUNNING:
            raise refuse("task_running")
        return Answer(await self._store.delete(TASKS, task.id))

    async def create(self, kind: str, *, is_async: bool, model_id: str | None = None) -> str:
        """The id of a new task of a remote model.

        Args:
            kind: `REGISTER_MODEL` or `DEPLOY_MODEL`.
            is_async: whether it goes on after the request is answered.
            model_id: what is deployed; a registration has no model yet.
        """
        time = now_ms()
        task: dict[str, Any] = {
            "task_type": kind,
            "function_name": "REMOTE",
            "state": CREATED,
            "worker_node": [await self._context.node.id()],
            "create_time": time,
            "last_update_time": time,
            "is_async": is_async,
        }
        if model_id is not None:
            task["model_id"] = model_id
        return await self._store.create(TASKS, task)

    async def update(self, task_id: str, **fields: Any) -> None:
        """Set fields of a task: `state`, `model_id`, `error`."""
        await self._store.update(TASKS, task_id, {**fields, "last_update_time": now_ms()})

    async def _find(self, task_id: str) -> Document:
        try:
            document = await stored(self._store, TASKS, task_id)
        except MissingIndexError as error:
            raise refuse("task_unknown") from error
        if document is None:
            raise refuse("task_unknown")
        return document
