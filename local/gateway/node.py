"""What one node of the cluster keeps in memory: which models it serves, and its counters. Gone with a restart."""

from __future__ import annotations

import statistics
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local.gateway.predictor import Predictor
    from local.gateway.upstream import Upstream

DEPLOYING = "DEPLOYING"
DEPLOYED = "DEPLOYED"
MONITORED_REQUESTS = 100


@dataclass
class CachedModel:
    """A model that this node serves or is about to.

    `workers` are the nodes known to serve it, `targets` those that should; a deployment by predict leaves `workers`
    empty until its task is done, which is what an early undeploy trips over.
    """

    state: str
    targets: list[str]
    predictor: Predictor | None = None
    workers: set[str] = field(default_factory=set)
    is_enabled: bool | None = None
    durations_ms: dict[str, deque[float]] = field(default_factory=dict)

    def took(self, kind: str, started: float) -> None:
        """Remember that a prediction started then, by `perf_counter`, and ended now.

        Args:
            kind: name of its statistics in the profile.
            started: seconds.
        """
        durations = self.durations_ms.setdefault(kind, deque(maxlen=MONITORED_REQUESTS))
        durations.append((time.perf_counter() - started) * 1000)

    def profile(self) -> dict[str, Any]:
        """The model's entry in `/_plugins/_ml/profile`."""
        entry: dict[str, Any] = {"model_state": self.state}
        if self.predictor is not None:
            entry["predictor"] = (
                f"org.opensearch.ml.engine.algorithms.remote.RemoteModel@{id(self.predictor) & 0xFFFFFFFF:08x}"
            )
        if self.targets:
            entry["target_worker_nodes"] = self.targets
        if self.workers:
            entry["worker_nodes"] = sorted(self.workers)
        return entry | {kind: _summary(durations) for kind, durations in self.durations_ms.items()}


class Node:
    """This node: its id in the cluster, its models and its counters."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._id: str | None = None
        self.models: dict[str, CachedModel] = {}
        self.counts: Counter[str] = Counter()
        self.algorithm_counts: dict[str, Counter[str]] = {}
        self.model_counts: dict[str, dict[str, Counter[str]]] = {}
        self.called_remote = False

    async def id(self) -> str:
        """The id of the server's node, which the gateway acts for."""
        if self._id is None:
            answer = await self._upstream.call("GET", "/_nodes/_local/none")
            self._id = next(iter(answer["nodes"]))
        return self._id

    def forget(self) -> None:
        """Lose everything, as a restarted node does."""
        self.__init__(self._upstream)  # type: ignore[misc]

    def is_deployed(self, model_id: str) -> bool:
        """Whether predictions for the model can be served now."""
        cached = self.models.get(model_id)
        return cached is not None and cached.state == DEPLOYED

    def requested(self, action: str, model_id: str | None = None) -> None:
        """Count a request: register, deploy, predict or undeploy."""
        self.counts["request"] += 1
        self.algorithm_counts.setdefault(action, Counter())["ml_action_request_count"] += 1
        if model_id is not None:
            actions = self.model_counts.setdefault(model_id, {})
            actions.setdefault(action, Counter())["ml_action_request_count"] += 1

    def failed(self, action: str) -> None:
        """Count a failure; few are: a refused prediction is none."""
        self.counts["failure"] += 1
        self.algorithm_counts.setdefault(action, Counter())["ml_action_failure_count"] += 1


def _summary(durations: deque[float]) -> dict[str, float]:
    ordered = sorted(durations)
    return {
        "count": len(ordered),
        "max": ordered[-1],
        "min": ordered[0],
        "average": statistics.fmean(ordered),
        **{f"p{percent}": ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] for percent in (50, 90, 99)},
    }
