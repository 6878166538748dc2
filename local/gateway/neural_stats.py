"""`/_plugins/_neural/stats`: switched off by default, and nothing is counted here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.gateway.errors import refuse
from local.gateway.rest import Answer
from local.gateway.router import Route

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

NEURAL = "/_plugins/_neural"
ENABLED = "plugins.neural_search.stats_enabled"
_OPTIONS = frozenset(
    {"include_metadata", "flat_stat_paths", "include_individual_nodes", "include_all_nodes", "include_info"}
)
_OFF = Answer(b"Stats endpoint is disabled", 403, "text/plain; charset=UTF-8")


class NeuralStats:
    """Statistics of neural-search."""

    def __init__(self, context: Context) -> None:
        self._settings = context.settings

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        of_all, of_one = f"{NEURAL}/stats", f"{NEURAL}/{{node_id}}/stats"
        paths = [path for base in (of_all, of_one) for path in (base, f"{base}/{{stat}}")]
        return [Route("GET", path, self.stats, _OPTIONS) for path in paths]

    async def stats(self, request: RestRequest) -> Answer:
        """403 while they are switched off (07 neural_stats)."""
        if await self._settings.on(ENABLED):
            raise refuse("neural_stats_unsupported")
        return _OFF
