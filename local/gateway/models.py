"""`/_plugins/_ml/models`: get, update, delete, search. Registration has a module of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import connector as connector_json
from local.gateway.connectors import check_trusted, merged
from local.gateway.errors import OpenSearchError, refuse, reworded
from local.gateway.mappings import MODEL_GROUPS, MODELS
from local.gateway.model_fields import COMMON, check_text_embedding
from local.gateway.node import DEPLOYED, DEPLOYING
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.store import MissingIndexError, now_ms
from local.gateway.system_search import search_routes, stored
from local.gateway.validation import check_texts
from local.gateway.xcontent import read

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.deployment import Deployment
    from local.gateway.model_groups import ModelGroups
    from local.gateway.rest import RestRequest
    from local.gateway.store import Document
    from local.gateway.xcontent import Value

BASE = "/_plugins/_ml/models"
_STATES_IN_USE = (DEPLOYING, DEPLOYED, "PARTIALLY_DEPLOYED")
_NOT_SHOWN = ("connector.credential", "model_content", "content")


class Models:
    """The registered models."""

    def __init__(self, context: Context, groups: ModelGroups, deployment: Deployment) -> None:
        self._context = context
        self._store = context.store
        self._groups = groups
        self._deployment = deployment

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        one = f"{BASE}/{{model_id}}"
        return [
            Route("GET", one, self.get, frozenset({"return_content"})),
            Route("PUT", one, self.update),
            Route("DELETE", one, self.delete),
            *search_routes(
                self._context,
                BASE,
                MODELS,
                hidden=list(_NOT_SHOWN),
                query=_without_hidden_models,
                failure="Fail to search model version",
            ),
        ]

    async def get(self, request: RestRequest) -> Answer:
        """The model; its own connector without the credential."""
        model_id = request.params["model_id"]
        try:
            document = await stored(self._store, MODELS, model_id)
        except MissingIndexError as error:
            raise refuse("model_index_missing") from error
        if document is None:
            raise refuse("model_not_found", id=model_id)
        return Answer(_public(document.source))

    async def update(self, request: RestRequest) -> Answer:
        """Change a model; what a prediction depends on takes effect at once if it is deployed."""
        model_id = request.params["model_id"]
        if not request.body:
            raise refuse("model_update_body_missing")
        body = await read(request.content(), self._context.upstream)
        with reworded():
            changes = _parsed(body)
        check_texts(
            ("Model Description", changes.get("description"), False), ("Model Name", changes.get("name"), False)
        )
        model = await self._find_to_update(model_id)
        if model.source["model_state"] == DEPLOYING:
            raise refuse("model_update_deploying", id=model_id)
        _check_config_change(changes, model)
        await self._change_connector(changes, model)
        await self._change_group(model, changes)
        answer = await self._store.update(
            MODELS, model_id, {"model_id": model_id, **changes, "last_updated_time": now_ms()}
        )
        if _concerns_predictions(changes, model.source):
            await self._refresh(model_id)
        return Answer(answer)

    async def delete(self, request: RestRequest) -> Answer:
        """Delete a model that is not deployed."""
        model_id = request.params["model_id"]
        try:
            model = await stored(self._store, MODELS, model_id)
        except OpenSearchError as error:
            raise refuse("model_unknown") from error
        if model is None:
            raise refuse("model_unknown")
        if model.source["model_state"] in _STATES_IN_USE:
            raise refuse("model_deployed")
        return Answer(await self._store.delete(MODELS, model_id))

    async def _find_to_update(self, model_id: str) -> Document:
        try:
            model = await stored(self._store, MODELS, model_id)
        except OpenSearchError as error:
            raise refuse("model_update_not_found", id=model_id) from error
        if model is None:
            raise refuse("model_update_not_found", id=model_id)
        return model

    async def _change_connector(self, changes: dict[str, Any], model: Document) -> None:
        given = changes.pop("connector", None)
        if changes.get("connector_id"):
            if not model.source.get("connector_id"):
                raise refuse("model_update_no_connector_id")
        elif given is not None:
            if model.source.get("connector") is None:
                raise refuse("model_update_no_inline_connector")
            connector = merged(model.source["connector"], given)
            await check_trusted(self._context, connector)
            if given.get("credential"):
                connector["credential"] = await self._context.credentials.encrypt(connector["credential"])
            changes["connector"] = connector

    async def _change_group(self, model: Document, changes: dict[str, Any]) -> None:
        group_id = changes.get("model_group_id")
        if not group_id or group_id == model.source["model_group_id"]:
            return
        group = await self._store.get(MODEL_GROUPS, group_id)
        if group is None:
            raise refuse("model_update_group_unknown", id=group_id)
        changes["model_version"] = await self._groups.next_version(group)

    async def _refresh(self, model_id: str) -> None:
        try:
            await self._deployment.refresh(model_id)
        except OpenSearchError as error:
            raise refuse("model_update_not_cached", id=model_id, node=await self._context.node.id()) from error


def _public(model: dict[str, Any]) -> dict[str, Any]:
    """The model as GET shows it: empty node lists and a false `deploy_to_all_nodes` are left out."""
    shown = dict(model)
    if "connector" in shown:
        shown["connector"] = connector_json.public(shown["connector"])
    for name in ("planning_worker_nodes", "deploy_to_all_nodes"):
        if not shown.get(name):
            shown.pop(name, None)
    return shown


def _parsed(body: Value) -> dict[str, Any]:
    """The fields of a model to change, read in their order; unknown ones are dropped."""
    changes: dict[str, Any] = {}
    for name, value in body.object():
        if name == "connector":
            changes[name] = connector_json.stored(connector_json.parsed(value))
        elif name in COMMON:
            changes[name] = COMMON[name](value)
    if "connector" in changes and "connector_id" in changes:
        raise refuse("model_update_two_connectors")
    return changes


def _check_config_change(changes: dict[str, Any], model: Document) -> None:
    """Refuse a model configuration that, with what the model has, lacks something; in an update that is a status."""
    if "model_config" not in changes:
        return
    try:
        check_text_embedding(changes["model_config"], model.source.get("model_config"))
    except OpenSearchError as error:
        raise OpenSearchError(400, "status_exception", error.error["reason"]) from error


def _concerns_predictions(changes: dict[str, Any], model: dict[str, Any]) -> bool:
    """Whether a deployed model has to be brought up anew; not naming `is_enabled` is a change where it is set."""
    named = {"connector", "rate_limiter", "guardrails", "interface"} & changes.keys()
    return bool(named or changes.get("connector_id") or changes.get("is_enabled") != model.get("is_enabled"))


def _without_hidden_models(query: dict[str, Any] | None) -> dict[str, Any]:
    visible = {"should": [{"term": {"is_hidden": False}}, {"bool": {"must_not": {"exists": {"field": "is_hidden"}}}}]}
    wanted = {"must": [query]} if query is not None else {}
    return {"bool": {**wanted, "filter": [{"bool": {**visible, "minimum_should_match": 1}}]}}
