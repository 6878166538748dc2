"""`/_cluster/settings` with the settings of ML Commons in it: taken out on the way in, put in on the way out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_object
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.setting_values import checked
from local.gateway.settings import DEFAULTS, PREFIXES

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

PATH = "/_cluster/settings"
_OPTIONS = frozenset(
    {"flat_settings", "include_defaults", "cluster_manager_timeout", "master_timeout", "timeout", "local"}
)
_SCOPES = ("persistent", "transient")


class SettingsApi:
    """GET and PUT of the cluster settings."""

    def __init__(self, context: Context) -> None:
        self._upstream = context.upstream
        self._settings = context.settings

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        return [Route("GET", PATH, self.get, _OPTIONS), Route("PUT", PATH, self.put, _OPTIONS)]

    async def get(self, request: RestRequest) -> Answer:
        """The server's settings and those of the plugins."""
        defaults = request.flag("include_defaults")
        server = await self._upstream.call("GET", f"{PATH}?flat_settings=true&include_defaults={str(defaults).lower()}")
        ours = {"persistent": await self._settings.persistent(), "transient": self._settings.transient}
        for scope, values in ours.items():
            server[scope] = {**server[scope], **values}
        if defaults:
            set_values = {**ours["persistent"], **ours["transient"]}
            server["defaults"] |= {name: value for name, value in DEFAULTS.items() if name not in set_values}
        return Answer({scope: _shown(values, request) for scope, values in server.items()})

    async def put(self, request: RestRequest) -> Answer:
        """Change settings; the plugins' are kept here, all others by the server, all or none."""
        body = await json_object(request.content(), self._upstream) if request.body else {}
        asked = {scope: _flat(body.get(scope) or {}) for scope in _SCOPES}
        ours = {scope: checked(scope, _of_plugins(values)) for scope, values in asked.items()}
        if not any(ours.values()):
            answer = await self._upstream.call("PUT", request.target, request.content())
            return Answer(answer)
        others = {
            scope: {name: values[name] for name in values if name not in ours[scope]} for scope, values in asked.items()
        }
        answer = {"acknowledged": True, "persistent": {}, "transient": {}}
        if any(others.values()):
            answer = await self._upstream.call("PUT", f"{PATH}?flat_settings=true", others)
        await self._settings.change(ours["persistent"], ours["transient"])
        return Answer(
            {"acknowledged": True} | {scope: self._changed(scope, ours, answer, request) for scope in _SCOPES}
        )

    def _changed(self, scope: str, ours: dict[str, Any], answer: dict[str, Any], request: RestRequest) -> Any:
        set_now = {name: value for name, value in ours[scope].items() if value is not None}
        return _shown({**answer[scope], **set_now}, request)


def _of_plugins(values: dict[str, Any]) -> dict[str, Any]:
    """The settings that are the plugins'; a pattern that takes away (`plugins.*: null`) is theirs and the server's."""
    return {
        name: value
        for name, value in values.items()
        if name.startswith(PREFIXES)
        or ("*" in name and any(known.startswith(name.partition("*")[0]) for known in DEFAULTS))
    }


def _flat(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else {f"{prefix}{name}": value}
    return flat


def _shown(values: dict[str, Any], request: RestRequest) -> dict[str, Any]:
    return values if request.flag("flat_settings") else _nested(values)


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in sorted(values.items()):
        *parents, leaf = name.split(".")
        node = tree
        for index, parent in enumerate(parents):
            below = node.setdefault(parent, {})
            if not isinstance(below, dict):  # `a` and `a.b` are both set: OpenSearch shows the rest undivided
                node[".".join(name.split(".")[index:])] = value
                break
            node = below
        else:
            node[leaf] = value
    return tree
