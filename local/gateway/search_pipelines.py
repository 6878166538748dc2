"""`/_search/pipeline` with the processors of neural search in it, and the default model that one of them names.

The plain server knows none of these processors. Its pipeline keeps what it knows, and the whole in its description.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, UpstreamError
from local.gateway.rest import Answer
from local.gateway.router import Route

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

BASE = "/_search/pipeline"
MARK = "ml-commons:"
ENRICHER = "neural_query_enricher"
PROCESSORS = (ENRICHER, "normalization-processor", "score-ranker-processor")
_STAGES = ("request_processors", "phase_results_processors", "response_processors")
_OPTIONS = frozenset({"master_timeout", "cluster_manager_timeout", "timeout"})


class SearchPipelines:
    """The search pipelines of the cluster."""

    def __init__(self, context: Context) -> None:
        self._upstream = context.upstream

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        one = f"{BASE}/{{pipeline_id}}"
        return [
            Route("PUT", one, self.put, _OPTIONS),
            Route("GET", one, self.get, _OPTIONS),
            Route("GET", BASE, self.get, _OPTIONS),
        ]

    async def put(self, request: RestRequest) -> Answer:
        """Store a pipeline; whether its models exist is not looked at."""
        pipeline = await json_object(request.content(), self._upstream)
        known = {stage: [each for each in pipeline.get(stage, []) if not _is_ours(each)] for stage in _STAGES}
        if all(len(known[stage]) == len(pipeline.get(stage, [])) for stage in _STAGES):
            return Answer(await self._upstream.call("PUT", request.target, pipeline))
        _check_enrichers(pipeline)
        kept = {**pipeline, **{stage: known[stage] for stage in _STAGES if stage in pipeline}}
        kept["description"] = MARK + json.dumps(pipeline)
        return Answer(await self._upstream.call("PUT", request.target, kept))

    async def get(self, request: RestRequest) -> Answer:
        """Pipelines as they were put."""
        found = await self._upstream.call("GET", request.target)
        return Answer({name: _restored(pipeline) for name, pipeline in found.items()})

    async def of_search(self, request: RestRequest, body: dict[str, Any], index: str | None) -> dict[str, Any]:
        """The pipeline of a search: the one it names or brings along, else the index's; `{}` for none."""
        asked = request.query.get("search_pipeline", body.get("search_pipeline"))
        if isinstance(asked, dict):
            return asked
        name = asked or await self._default(index)
        if not name or name == "_none":
            return {}
        try:
            found = await self._upstream.call("GET", f"{BASE}/{quote(name, safe='')}")
        except UpstreamError:
            return {}
        return _restored(found.get(name, {}))

    async def _default(self, index: str | None) -> str | None:
        if not index:
            return None
        path = f"/{quote(index, safe=',*')}/_settings/index.search.default_pipeline?flat_settings=true"
        try:
            found = await self._upstream.call("GET", path)
        except UpstreamError:
            return None
        names = [each["settings"].get("index.search.default_pipeline") for each in found.values()]
        return next((name for name in names if name), None)


def with_default_models(clauses: list[dict[str, Any]], pipeline: dict[str, Any]) -> None:
    """Give each `neural` clause without a model the one that the pipeline's enricher names, in place.

    Args:
        clauses: bodies of `neural` queries, `{field: options}`.
        pipeline: of the search.
    """
    for processor in pipeline.get("request_processors", []):
        config = processor.get(ENRICHER)
        if config is None:
            continue
        for clause in clauses:
            for field, options in clause.items():
                model_id = (config.get("neural_field_default_id") or {}).get(field) or config.get("default_model_id")
                if options.get("model_id") is None and model_id is not None:
                    options["model_id"] = model_id


def _is_ours(processor: dict[str, Any]) -> bool:
    return any(kind in PROCESSORS for kind in processor)


def _restored(pipeline: dict[str, Any]) -> dict[str, Any]:
    description = pipeline.get("description", "")
    if not description.startswith(MARK):
        return pipeline
    restored: dict[str, Any] = json.loads(description.removeprefix(MARK))
    return restored


def _check_enrichers(pipeline: dict[str, Any]) -> None:
    for processor in pipeline.get("request_processors", []):
        config = processor.get(ENRICHER)
        if config is not None and not {"default_model_id", "neural_field_default_id"} & config.keys():
            reason = "model Id or neural info map either of them should be provided"
            raise OpenSearchError(400, "illegal_argument_exception", reason)
