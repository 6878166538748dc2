"""`POST /_plugins/_ml/models/_register`: a remote model, its group and its task, and its deployment if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import connector as connector_json
from local.gateway.bodies import boolean, json_object, text
from local.gateway.connectors import check_trusted
from local.gateway.dataset import REMOTE, function_name
from local.gateway.errors import refuse
from local.gateway.lookup import find_connector
from local.gateway.mappings import MODEL_GROUPS, MODELS
from local.gateway.models import BASE, rate_limiter
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.settings import REMOTE_INFERENCE
from local.gateway.store import now_ms
from local.gateway.tasks import COMPLETED, CREATED, FAILED

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.deployment import Deployment
    from local.gateway.model_groups import ModelGroups
    from local.gateway.rest import RestRequest
    from local.gateway.tasks import Tasks

_KEPT_AS_THEY_ARE = ("model_config", "deploy_setting", "guardrails", "interface")


class Registration:
    """Registers remote models."""

    def __init__(self, context: Context, groups: ModelGroups, tasks: Tasks, deployment: Deployment) -> None:
        self._context = context
        self._groups = groups
        self._tasks = tasks
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        query = frozenset({"deploy"})
        return [Route("POST", f"{BASE}/{name}", self.register, query) for name in ("_register", "_upload")]

    async def register(self, request: RestRequest) -> Answer:
        """Register a model; the answer has its id, and the task is already done."""
        if not request.body:
            raise refuse("body_required")
        model = _parsed(await json_object(request.content(), self._context.upstream))
        if not await self._context.settings.on(REMOTE_INFERENCE):
            raise refuse("remote_disabled")
        group_id = model.get("model_group_id") or await self._groups.named(model["name"])
        await self._check_connector(model)
        if not group_id:
            group_id = await self._groups.create(model["name"], model.get("description"))
        task_id = await self._tasks.create("REGISTER_MODEL", is_async=False)
        model_id = await self._register(model, group_id, task_id)
        if request.flag("deploy"):
            self._deployment.deploy_later(model_id)
        return Answer({"task_id": task_id, "status": CREATED, "model_id": model_id})

    async def _check_connector(self, model: dict[str, Any]) -> None:
        if model.get("connector_id"):
            _check_actions(await find_connector(self._context, model["connector_id"]))
            return
        connector = model.get("connector")
        if connector is None:
            raise refuse("model_connector_missing")
        if connector_json.find_action(connector) is None:
            raise refuse("model_connector_endpoint_missing")
        await check_trusted(self._context, connector)

    async def _register(self, model: dict[str, Any], group_id: str, task_id: str) -> str:
        self._context.node.requested("register")
        group = await self._context.store.get(MODEL_GROUPS, group_id)
        if group is None:
            self._context.node.failed("register")
            await self._tasks.update(task_id, state=FAILED, error="Model group not found")
            raise refuse("group_missing_for_model", id=group_id)
        version = await self._groups.next_version(group)
        if "connector" in model:
            credential = await self._context.credentials.encrypt(model["connector"].get("credential") or {})
            model["connector"] = {**model["connector"], "credential": credential}
        time = now_ms()
        model_id = await self._context.store.create(
            MODELS,
            {
                **model,
                "model_group_id": group_id,
                "algorithm": REMOTE,
                "model_version": version,
                "model_state": "REGISTERED",
                "created_time": time,
                "last_updated_time": time,
                "is_hidden": False,
            },
        )
        await self._tasks.update(task_id, model_id=model_id, state=COMPLETED)
        return model_id


def _parsed(body: dict[str, Any]) -> dict[str, Any]:
    """The fields of a model that `body` gives; unknown ones are dropped."""
    function = function_name(text(body["function_name"])) if "function_name" in body else None
    model: dict[str, Any] = {
        name: text(body[name]) for name in ("name", "description", "model_group_id", "connector_id") if name in body
    }
    if "is_enabled" in body:
        model["is_enabled"] = boolean(body["is_enabled"])
    if "rate_limiter" in body:
        model["rate_limiter"] = rate_limiter(body["rate_limiter"])
    if "connector" in body:
        model["connector"] = _inline_connector(body["connector"])
    model |= {name: body[name] for name in _KEPT_AS_THEY_ARE if name in body}
    if "name" not in model:
        raise refuse("model_name_missing")
    if function != REMOTE:
        raise (
            refuse("function_unsupported", name=function) if "model_format" in body else refuse("model_format_missing")
        )
    return model


def _inline_connector(body: dict[str, Any]) -> dict[str, Any]:
    connector = connector_json.parsed(body)
    connector_json.check_protocol(connector)
    return connector


def _check_actions(connector: dict[str, Any]) -> None:
    if not connector.get("actions"):
        raise refuse("model_connector_without_actions")
