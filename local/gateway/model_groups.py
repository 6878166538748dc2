"""`/_plugins/_ml/model_groups`: register, get, update, delete, search."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.errors import refuse
from local.gateway.mappings import MODEL_GROUPS, MODELS
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.store import Document, MissingIndexError, now_ms
from local.gateway.system_search import search_routes, stored
from local.gateway.validation import check_texts
from local.gateway.xcontent import read

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest
    from local.gateway.xcontent import Value

BASE = "/_plugins/_ml/model_groups"
ACCESS_MODES = ("public", "private", "restricted")


class ModelGroups:
    """The model groups of the cluster; their names are unique."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = context.store

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        one = f"{BASE}/{{model_group_id}}"
        return [
            Route("POST", f"{BASE}/_register", self.register),
            Route("GET", one, self.get),
            Route("PUT", one, self.update),
            Route("DELETE", one, self.delete),
            *search_routes(self._context, BASE, MODEL_GROUPS, failure="Fail to search"),
        ]

    async def register(self, request: RestRequest) -> Answer:
        """Register a group under a name that no other has."""
        if not request.body:
            raise refuse("group_body_missing")
        fields = _parsed(await read(request.content(), self._context.upstream))
        name = fields.get("name")
        if name is None:
            raise refuse("group_name_missing")
        _check_texts(fields, name_required=True)
        namesake = await self.named(name)
        if namesake:
            raise refuse("group_name_taken", id=namesake)
        check_access_control(fields)
        return Answer({"model_group_id": await self.create(name, fields.get("description")), "status": "CREATED"})

    async def get(self, request: RestRequest) -> Answer:
        """The group."""
        return Answer((await self._find(request.params["model_group_id"], "group_index_missing")).source)

    async def update(self, request: RestRequest) -> Answer:
        """Rename or describe a group."""
        if not request.body:
            raise refuse("group_update_body_missing")
        fields = _parsed(await read(request.content(), self._context.upstream))
        _check_texts(fields)
        group = await self._find(request.params["model_group_id"], "group_index_missing_for_write")
        check_access_control(fields)
        changes = {name: fields[name] for name in ("name", "description") if fields.get(name, "").strip()}
        if changes.get("name", group.source["name"]) != group.source["name"]:
            namesake = await self.named(changes["name"])
            if namesake:
                raise refuse("group_name_taken_by_other", id=namesake)
        await self._store.update(MODEL_GROUPS, group.id, {**group.source, **changes, "last_updated_time": now_ms()})
        return Answer({"status": "Updated"})

    async def delete(self, request: RestRequest) -> Answer:
        """Delete a group without models; an unknown id is `not_found` with 200."""
        group_id = request.params["model_group_id"]
        if await self._has_models(group_id):
            raise refuse("group_in_use")
        try:
            return Answer(await self._store.delete(MODEL_GROUPS, group_id))
        except MissingIndexError as error:
            raise refuse("group_index_missing_for_write") from error

    async def create(self, name: str, description: str | None = None) -> str:
        """The id of a new group; its first model will be version 1."""
        time = now_ms()
        group = {"name": name, "latest_version": 0, "access": "public", "created_time": time, "last_updated_time": time}
        if description is not None:
            group["description"] = description
        return await self._store.create(MODEL_GROUPS, group)

    async def named(self, name: str) -> str | None:
        """The id of the group of that name, None if there is none."""
        query = {"bool": {"filter": [{"term": {"name.keyword": name}}]}}
        try:
            found = await self._store.search(MODEL_GROUPS, {"query": query, "_source": False})
        except MissingIndexError:
            return None
        hits = found["hits"]["hits"]
        return str(hits[0]["_id"]) if hits else None

    async def next_version(self, group: Document) -> str:
        """The version of the group's next model, now taken; two registrations at once cannot get the same."""
        version = int(group.source["latest_version"]) + 1
        counted = {**group.source, "latest_version": version, "last_updated_time": now_ms()}
        await self._store.update(MODEL_GROUPS, group.id, counted, unless_changed=group)
        return str(version)

    async def _find(self, group_id: str, no_index: str) -> Document:
        try:
            document = await stored(self._store, MODEL_GROUPS, group_id)
        except MissingIndexError as error:
            raise refuse(no_index) from error
        if document is None:
            raise refuse("group_not_found", id=group_id)
        return document

    async def _has_models(self, group_id: str) -> bool:
        query = {"bool": {"filter": [{"term": {"model_group_id": group_id}}]}}
        try:
            found = await self._store.search(MODELS, {"query": query, "size": 1, "_source": False})
        except MissingIndexError:
            return False
        return bool(found["hits"]["hits"])


def check_access_control(fields: dict[str, Any]) -> None:
    """Refuse fields that say who may use a group: without the Security plugin nobody is told apart.

    Args:
        fields: of a request for a group, or for a model that brings its group along.

    Raises:
        OpenSearchError: 400, there are such fields; an access mode that is none counts as not given.
    """
    known_mode = fields.get("access_mode") in ACCESS_MODES
    if known_mode or fields.get("backend_roles") or fields.get("add_all_backend_roles") is not None:
        raise refuse("group_access_control")


def _check_texts(fields: dict[str, Any], *, name_required: bool = False) -> None:
    check_texts(
        ("Model group name", fields.get("name"), name_required),
        ("Model group description", fields.get("description"), False),
    )


def _parsed(body: Value) -> dict[str, Any]:
    """The fields of a group that `body` gives, read in their order; unknown ones are dropped."""
    fields: dict[str, Any] = {}
    for name, value in body.object():
        if name in ("name", "description"):
            fields[name] = value.text()
        elif name == "access_mode":
            fields[name] = value.text().lower()
        elif name == "backend_roles":
            fields[name] = [role.text() for role in value.array()]
        elif name == "add_all_backend_roles":
            fields[name] = value.boolean()
    return fields
