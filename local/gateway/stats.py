"""`/_plugins/_ml/stats` and `/_plugins/_ml/profile`: what the cluster stores and this node remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.errors import refuse
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
        tasks = [f"{ML}/profile/tasks", f"{ML}/profile/tasks/{{task_id}}"]
        view = frozenset({"view"})
        return [
            *(Route("GET", path, self.stats) for path in stats),
            *(Route("GET", path, self.profile, view) for path in profiles),
            *(Route("GET", path, self.profile_tasks, view) for path in tasks),
        ]

    async def stats(self, request: RestRequest) -> Answer:
        """All statistics, or the ones named in the path."""
        wanted = _wanted(request)
        cluster: dict[str, Any] = {
            name: await self._context.store.health(index)
            for name, index in _INDEX_STATUS.items()
            if _asked(name, wanted)
        }
        if wanted is None or "ml_model_count" in wanted:
            cluster |= {name: await self._context.store.count(index) for name, index in _COUNTS.items()}
        elif "ml_connector_count" in wanted:
            cluster["ml_connector_count"] = 0  # only counted along with the models
        node_id = await self._node.id()
        is_asked = node_id in request.params.get("node_id", node_id).split(",")
        node = await self._node_stats(wanted) if is_asked else {}
        return Answer(cluster | ({"nodes": {node_id: node}} if node else {}))

    async def profile_tasks(self, request: RestRequest) -> Answer:
        """`{}`: tasks of remote models are over before one can ask for them."""
        return Answer({})

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


def _wanted(request: RestRequest) -> list[str] | None:
    if "stat" not in request.params:
        return None
    names = [name for name in request.params["stat"].lower().split(",") if name]
    if any(name not in (*_INDEX_STATUS, *_COUNTS, *_NODE_COUNTS, _HEAP) for name in names):
        raise refuse("stat_unknown")
    return names


def _asked(name: str, wanted: list[str] | None) -> bool:
    return wanted is None or name in wanted


def _by_model(profile: dict[str, Any], node_id: str) -> dict[str, Any]:
    nodes: dict[str, Any] = {name: profile[name] for name in ("target_worker_nodes", "worker_nodes") if name in profile}
    return {**nodes, "nodes": {node_id: {name: value for name, value in profile.items() if name not in nodes}}}
