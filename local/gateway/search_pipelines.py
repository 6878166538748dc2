"""`/_search/pipeline` with the processors of neural search in it, and the default model that one of them names.

The plain server knows none of these processors. Its pipeline keeps what it knows, and the whole in its description.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.fusion_config import NORMALIZER, RANKER, fusion_of
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.two_phase import PROCESSOR as TWO_PHASE
from local.gateway.two_phase import two_phase_of

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

BASE = "/_search/pipeline"
MARK = "ml-commons:"
ENRICHER = "neural_query_enricher"
EXPLAINER = "hybrid_score_explanation"
PROCESSORS = (ENRICHER, TWO_PHASE, NORMALIZER, RANKER, EXPLAINER)
_CONFIGURATION = {
    ENRICHER: {"default_model_id", "neural_field_default_id"},
    TWO_PHASE: {"enabled", "two_phase_parameter"},
    NORMALIZER: {"normalization", "combination"},
    RANKER: {"combination"},
    EXPLAINER: set(),
}
_OF_ANY_PROCESSOR = {"tag", "description", "ignore_failure"}
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
            Route("DELETE", one, self.delete, _OPTIONS),
        ]

    async def put(self, request: RestRequest) -> Answer:
        """Store a pipeline; whether its models exist is not looked at."""
        pipeline = await json_object(request.content(), self._upstream)
        known = {stage: [each for each in pipeline.get(stage, []) if not _is_ours(each)] for stage in _STAGES}
        if all(len(known[stage]) == len(pipeline.get(stage, [])) for stage in _STAGES):
            return Answer(await self._upstream.call("PUT", request.target, pipeline))
        _check(pipeline)
        kept = {**pipeline, **{stage: known[stage] for stage in _STAGES if stage in pipeline}}
        kept["description"] = MARK + json.dumps(pipeline)
        return Answer(await self._upstream.call("PUT", request.target, kept))

    async def get(self, request: RestRequest) -> Answer:
        """Pipelines as they were put."""
        found = await self._upstream.call("GET", request.target)
        return Answer({name: _restored(pipeline) for name, pipeline in found.items()})

    async def delete(self, request: RestRequest) -> Answer:
        """Remove a pipeline; the server's own answer, whatever processors it had."""
        return Answer(await self._upstream.call("DELETE", request.target))

    def without_ours(self, body: dict[str, Any]) -> dict[str, Any]:
        """A search for the server: a pipeline that it brings along without the processors of neural search."""
        pipeline = body.get("search_pipeline")
        if not isinstance(pipeline, dict):
            return body
        known = {
            stage: [each for each in pipeline[stage] if not _is_ours(each)] for stage in _STAGES if stage in pipeline
        }
        return {**body, "search_pipeline": {**pipeline, **known}}

    async def of_search(self, request: RestRequest, body: dict[str, Any], index: str | None) -> dict[str, Any]:
        """The pipeline of a search: the one it names or brings along, else the index's; `{}` for none."""
        asked = request.query.get("search_pipeline", body.get("search_pipeline"))
        if isinstance(asked, dict):
            _check(asked)
            return asked
        name = asked or await self._default(index)
        if not name or name == "_none":
            return {}
        try:
            found = await self._upstream.call("GET", f"{BASE}/{quote(name, safe='')}")
        except UpstreamError as error:
            raise refuse("search_pipeline_unknown", name=name) from error
        return _restored(found[name])

    async def _default(self, index: str | None) -> str | None:
        if not index:
            return None
        path = f"/{quote(index, safe=',*')}/_settings/index.search.default_pipeline?flat_settings=true"
        try:
            found = await self._upstream.call("GET", path)
        except UpstreamError:
            return None
        names = {each["settings"].get("index.search.default_pipeline") for each in found.values()} - {None, "_none"}
        return names.pop() if len(names) == 1 else None  # indices that do not agree have none


def with_default_models(clauses: list[dict[str, Any]], pipeline: dict[str, Any]) -> None:
    """Give each clause without a model the one that the pipeline's enricher names, in place.

    Args:
        clauses: bodies of `neural` and `neural_sparse` queries, `{field: options}`.
        pipeline: of the search.

    Raises:
        OpenSearchError: 400, the enricher has none for a clause's field.
    """
    for processor in pipeline.get("request_processors", []):
        config = processor.get(ENRICHER)
        if config is None:
            continue
        for clause in clauses:
            for field, options in clause.items():
                model_id = (config.get("neural_field_default_id") or {}).get(field) or config.get("default_model_id")
                if options.get("model_id") is None:
                    if model_id is None:
                        raise refuse("default_model_missing")
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


def _check(pipeline: dict[str, Any]) -> None:
    """Refuse what the factories of the processors refuse.

    Raises:
        OpenSearchError: 400, a configuration is wrong.
    """
    _check_enrichers(pipeline)
    for stage in _STAGES:
        for processor in pipeline.get(stage) or []:
            fusion_of({stage: [processor]})
            two_phase_of({stage: [processor]})
            for kind, config in processor.items():
                if kind in _CONFIGURATION:
                    _check_names(kind, config or {})


def _check_names(kind: str, config: dict[str, Any]) -> None:
    unknown = [name for name in config if name not in _CONFIGURATION[kind] | _OF_ANY_PROCESSOR]
    if unknown:
        named = f"{kind}:{config['tag']}" if config.get("tag") else kind
        listed = ", ".join(unknown)
        reason = f"processor [{named}] doesn't support one or more provided configuration parameters: [{listed}]"
        raise OpenSearchError(400, "parse_exception", reason)
