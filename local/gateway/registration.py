"""`POST /_plugins/_ml/models/_register`: a remote model, its group and its task, and its deployment if asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import connector as connector_json
from local.gateway.connectors import check_trusted
from local.gateway.dataset import REMOTE, function_name
from local.gateway.errors import refuse
from local.gateway.lookup import find_connector
from local.gateway.mappings import MODEL_GROUPS, MODELS
from local.gateway.model_fields import COMMON, check_text_embedding
from local.gateway.model_groups import check_access_control
from local.gateway.models import BASE
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.settings import REMOTE_INFERENCE
from local.gateway.store import Document, MissingIndexError, now_ms
from local.gateway.tasks import COMPLETED, CREATED, FAILED
from local.gateway.validation import check_texts
from local.gateway.xcontent import read

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.gateway.context import Context
    from local.gateway.deployment import Deployment
    from local.gateway.model_groups import ModelGroups
    from local.gateway.rest import RestRequest
    from local.gateway.tasks import Tasks
    from local.gateway.xcontent import Value

_OF_REQUEST = ("access_mode", "add_all_backend_roles", "backend_roles", "url", "function_name")
MODEL_FORMATS = ("ONNX", "TORCH_SCRIPT")


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
        fields = _parsed(await read(request.content(), self._context.upstream))
        if not await self._context.settings.on(REMOTE_INFERENCE):
            raise refuse("remote_disabled")
        check_texts(("Model description", fields.get("description"), False), ("Model name", fields["name"], True))
        if "url" in fields:
            raise refuse("model_url_disabled")
        group_id = fields.get("model_group_id") or await self._groups.named(fields["name"])
        await self._check_connector(fields)
        if not group_id:
            check_access_control(fields)
            group_id = await self._groups.create(fields["name"], fields.get("description"))
        task_id = await self._tasks.create("REGISTER_MODEL", is_async=False)
        model = {name: value for name, value in fields.items() if name not in _OF_REQUEST}
        model_id = await self._register(model, group_id, task_id)
        if request.flag("deploy"):
            self._deployment.deploy_later(model_id)
        return Answer({"task_id": task_id, "status": CREATED, "model_id": model_id})

    async def _check_connector(self, model: dict[str, Any]) -> None:
        """Refuse a connector that cannot be used; one that comes with an interface is not even looked at."""
        if model.get("connector_id", "").strip():
            if "interface" not in model:
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
        group = await self._group(group_id, task_id)
        version = await self._groups.next_version(group)
        if model.get("connector"):
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

    async def _group(self, group_id: str, task_id: str) -> Document:
        try:
            group = await self._context.store.get(MODEL_GROUPS, group_id)
        except MissingIndexError as error:
            await self._fail(task_id, "Failed to get model group due to index missing")
            raise refuse("group_index_missing_for_model") from error
        if group is None:
            await self._fail(task_id, "Model group not found")
            raise refuse("group_missing_for_model", id=group_id)
        return group

    async def _fail(self, task_id: str, error: str) -> None:
        self._context.node.failed("register")
        await self._tasks.update(task_id, state=FAILED, error=error)


def _parsed(body: Value) -> dict[str, Any]:
    """The fields of a model to register, read in their order; unknown ones are dropped."""
    fields: dict[str, Any] = {}
    for name, value in body.object():
        if name in _FIELDS:
            fields[name] = _FIELDS[name](value)
    if "name" not in fields:
        raise refuse("model_name_missing")
    function = fields.get("function_name")
    if function != REMOTE:
        raise (
            refuse("function_unsupported", name=function)
            if "model_format" in fields
            else refuse("model_format_missing")
        )
    return fields


def _remote_config(body: Value) -> dict[str, Any]:
    config = COMMON["model_config"](body)
    check_text_embedding(config)
    return dict(config)


def _model_format(value: Value) -> str:
    name = value.text().upper()
    if name not in MODEL_FORMATS:
        raise refuse("model_format_unknown")
    return name


_FIELDS: dict[str, Callable[[Value], Any]] = {
    **COMMON,
    "function_name": lambda value: function_name(value.text()),
    "model_format": _model_format,
    "model_config": _remote_config,
    "connector": connector_json.inline,
    "url": lambda value: value.text(),
    "access_mode": lambda value: value.text(),
    "add_all_backend_roles": lambda value: value.boolean(),
    "backend_roles": lambda value: [role.text() for role in value.array()],
}


def _check_actions(connector: dict[str, Any]) -> None:
    if not connector.get("actions"):
        raise refuse("model_connector_without_actions")
