"""`/_plugins/_ml/connectors`: create, get, update, delete, search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway import connector as connector_json
from local.gateway.errors import refuse, reworded
from local.gateway.mappings import CONNECTORS, MODELS
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.settings import MCP, REMOTE_INFERENCE
from local.gateway.store import MissingIndexError, now_ms
from local.gateway.system_search import search_routes, stored
from local.gateway.validation import check_texts
from local.gateway.xcontent import read

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

BASE = "/_plugins/_ml/connectors"
DRY_RUN_ID = "dryRunConnector"


class Connectors:
    """The connectors of the cluster."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        one = f"{BASE}/{{connector_id}}"
        return [
            Route("POST", f"{BASE}/_create", self.create),
            Route("GET", one, self.get, frozenset({"return_content"})),
            Route("PUT", one, self.update),
            Route("DELETE", one, self.delete),
            *search_routes(self._context, BASE, CONNECTORS, hidden=["credential"]),
        ]

    async def create(self, request: RestRequest) -> Answer:
        """Check and store a connector; its credential is encrypted."""
        await self._require_remote_inference()
        if not request.body:
            raise refuse("connector_body_missing")
        fields = connector_json.parsed(await read(request.content(), self._context.upstream))
        dry_run = fields.get("dry_run", False)
        if not dry_run:
            connector_json.check_complete(fields)
        _check_texts(fields, name_required=not dry_run)
        if fields.get("protocol") == "mcp_sse" and not await self._context.settings.on(MCP):
            raise refuse("connector_mcp_disabled")
        if dry_run:
            return Answer({"connector_id": DRY_RUN_ID})
        connector_json.check_protocol(fields)
        connector = {"parameters": {}, **connector_json.stored(fields)}
        await check_trusted(self._context, connector)
        if connector_json.sets_access(fields):
            raise refuse("connector_access_control")
        connector["credential"] = await self._context.credentials.encrypt(connector["credential"])
        connector["created_time"] = connector["last_updated_time"] = now_ms()
        return Answer({"connector_id": await self._store.create(CONNECTORS, connector)})

    async def get(self, request: RestRequest) -> Answer:
        """The connector without its credential."""
        return Answer(connector_json.public(await self._find(request.params["connector_id"])))

    async def update(self, request: RestRequest) -> Answer:
        """Change a connector that no deployed model uses; parameters are merged, all else is replaced."""
        await self._require_remote_inference()
        if not request.body:
            raise refuse("connector_update_body_missing")
        connector_id = request.params["connector_id"]
        body = await read(request.content(), self._context.upstream)
        with reworded():
            changes = connector_json.parsed(body)
        _check_texts(changes)
        connector = connector_json.public(await self._find(connector_id))
        changed = merged(connector, connector_json.stored(changes))
        await check_trusted(self._context, changed)
        users = await self._users(connector_id, deployed=True)
        if users:
            raise refuse("connector_deployed", count=len(users), ids=", ".join(users))
        if changed.get("credential"):
            changed["credential"] = await self._context.credentials.encrypt(changed["credential"])
        return Answer(await self._store.update(CONNECTORS, connector_id, {**changed, "last_updated_time": now_ms()}))

    async def delete(self, request: RestRequest) -> Answer:
        """Delete a connector that no model uses; an unknown id is `not_found` with 200."""
        connector_id = request.params["connector_id"]
        users = await self._users(connector_id)
        if users:
            raise refuse("connector_in_use", count=len(users), ids=", ".join(users))
        try:
            return Answer(await self._store.delete(CONNECTORS, connector_id))
        except MissingIndexError as error:
            raise refuse("connector_index_missing") from error

    async def _find(self, connector_id: str) -> dict[str, Any]:
        try:
            document = await stored(self._store, CONNECTORS, connector_id)
        except MissingIndexError as error:
            raise refuse("connector_index_missing") from error
        if document is None:
            raise refuse("connector_not_found", id=connector_id)
        connector_json.check_protocol(document.source)
        return document.source

    async def _users(self, connector_id: str, *, deployed: bool = False) -> list[str]:
        """The ids of the models that use a connector, ten at most: the plugin asks for no more and counts these."""
        must: list[dict[str, Any]] = [{"match": {"connector_id": connector_id}}]
        if deployed:
            must.append({"ids": {"values": list(self._context.node.models)}})
        try:
            found = await self._store.search(MODELS, {"query": {"bool": {"must": must}}, "_source": False})
        except MissingIndexError:
            return []
        return [hit["_id"] for hit in found["hits"]["hits"]]

    async def _require_remote_inference(self) -> None:
        if not await self._context.settings.on(REMOTE_INFERENCE):
            raise refuse("remote_disabled")


def _check_texts(fields: dict[str, Any], *, name_required: bool = False) -> None:
    check_texts(
        ("Model connector description", fields.get("description"), False),
        ("Model connector name", fields.get("name"), name_required),
    )


async def check_trusted(context: Context, connector: dict[str, Any]) -> None:
    """Refuse a connector one of whose URLs no trusted expression matches.

    Raises:
        OpenSearchError: such a URL, or no list of actions.
    """
    for url in connector_json.urls(connector):
        if not await context.settings.trusted(url):
            raise refuse("connector_untrusted")


def merged(connector: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`connector` with `changes`: parameters added one by one, an empty credential ignored, all else replaced."""
    kept = {name: value for name, value in changes.items() if value or name not in ("parameters", "credential")}
    if "parameters" in kept:
        kept["parameters"] = {**(connector.get("parameters") or {}), **kept["parameters"]}
    return {**connector, **kept}
