"""`/_plugins/_ml/stats` and `/_plugins/_ml/profile`: what the cluster stores and this node remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.mappings import CONFIG, CONNECTORS, CONTROLLERS, MODELS, TASKS
from local.gateway.rest import Answer
from local.gateway.router import Route

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

ML = "/_plugins/_ml"
_INDEX_STATUS = {
    "ml_connector_index_status": CONNECTORS,
    "ml_model_index_status": MODELS,
    "ml_task_index_status": TASKS,
    "ml_controller_index_status": CONTROLLERS,
    "ml_config_index_status": CONFIG,
}
_COUNTS = {"ml_connector_count": CONNECTORS, "ml_model_count": MODELS}
_NODE_COUNTS = {
    "ml_executing_task_count": "executing",
    "ml_request_count": "request",
    "ml_failure_count": "failure",
    "ml_deployed_model_count": "deployed",
    "ml_circuit_breaker_trigger_count": "circuit_breaker",
}
_HEAP = "ml_jvm_heap_usage"


class Stats:
    """Statistics of the cluster and profiles of the deployed models."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._node = context.node

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        stats = [f"{ML}/stats", f"{ML}/stats/{{stat}}", f"{ML}/{{node_id}}/stats", f"{ML}/{{node_id}}/stats/{{stat}}"]
        profiles = [f"{ML}/profile", f"{ML}/profile/models", f"{ML}/profile/models/{{model_id}}"]
        return [Route("GET", path, self.stats) for path in stats] + [
            Route("GET", path, self.profile, frozenset({"view"})) for path in profiles
        ]

    async def stats(self, request: RestRequest) -> Answer:
        """All statistics, or the ones named in the path."""
        wanted = request.params["stat"].split(",") if "stat" in request.params else None
        cluster = {
            **{
                name: await self._context.store.health(index)
                for name, index in _INDEX_STATUS.items()
                if _asked(name, wanted)
            },
            **{name: await self._context.store.count(index) for name, index in _COUNTS.items() if _asked(name, wanted)},
        }
        node = await self._node_stats(wanted)
        return Answer(cluster | ({"nodes": {await self._node.id(): node}} if node else {}))

    async def profile(self, request: RestRequest) -> Answer:
        """The models this node serves; `{}` if it serves none of those asked for."""
        wanted = request.params["model_id"].split(",") if "model_id" in request.params else None
        served = {name: model.profile() for name, model in self._node.models.items() if _asked(name, wanted)}
        if not served:
            return Answer({})
        node_id = await self._node.id()
        if request.params.get("view") == "model":
            return Answer({"models": {name: _by_model(profile, node_id) for name, profile in served.items()}})
        return Answer({"nodes": {node_id: {"models": served}}})

    async def _node_stats(self, wanted: list[str] | None) -> dict[str, Any]:
        found: dict[str, Any] = {
            name: self._node.counts[count] for name, count in _NODE_COUNTS.items() if _asked(name, wanted)
        }
        if _asked(_HEAP, wanted):
            answer = await self._context.upstream.call("GET", "/_nodes/_local/stats/jvm")
            found[_HEAP] = next(iter(answer["nodes"].values()))["jvm"]["mem"]["heap_used_percent"]
        if wanted is None:
            found["algorithms"] = {"remote": self._node.algorithm_counts} if self._node.algorithm_counts else {}
            found["models"] = self._node.model_counts
        return found


def _asked(name: str, wanted: list[str] | None) -> bool:
    return wanted is None or name in wanted


def _by_model(profile: dict[str, Any], node_id: str) -> dict[str, Any]:
    nodes: dict[str, Any] = {name: profile[name] for name in ("target_worker_nodes", "worker_nodes") if name in profile}
    return {**nodes, "nodes": {node_id: {name: value for name, value in profile.items() if name not in nodes}}}
