"""`/_ingest/pipeline` with the processors of neural search in it, which the plain server does not know.

In the server's pipeline a placeholder that never runs stands in their place and carries their configuration: so the
pipeline is kept, listed and deleted by the server, in the cluster state, together with all its other processors.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.gateway.bodies import json_object
from local.gateway.errors import OpenSearchError, UpstreamError, refuse
from local.gateway.java.floats import single
from local.gateway.rest import Answer
from local.gateway.router import Route
from local.gateway.token_weights import check_prune_ratio, check_prune_type

if TYPE_CHECKING:
    from local.gateway.context import Context
    from local.gateway.rest import RestRequest

BASE = "/_ingest/pipeline"
TAG = "ml-commons"
# What each processor of neural search may be configured with.
PROCESSORS: dict[str, frozenset[str]] = {
    "text_embedding": frozenset({"model_id", "field_map", "batch_size", "skip_existing"}),
    "sparse_encoding": frozenset({"model_id", "field_map", "batch_size", "skip_existing", "prune_type", "prune_ratio"}),
}
_OF_ANY_PROCESSOR = frozenset({"tag", "description", "if", "ignore_failure", "on_failure"})
_PIPELINE_OPTIONS = frozenset({"master_timeout", "cluster_manager_timeout", "timeout", "summary"})


class Pipelines:
    """The ingest pipelines of the cluster."""

    def __init__(self, context: Context) -> None:
        self._upstream = context.upstream
        self._known: dict[str, list[dict[str, Any]]] | None = None

    def routes(self) -> list[Route]:
        """The routes of this resource."""
        one = f"{BASE}/{{pipeline_id}}"
        return [
            Route("PUT", one, self.put, _PIPELINE_OPTIONS | {"if_version"}),
            Route("DELETE", one, self.delete, _PIPELINE_OPTIONS),
            Route("GET", one, self.get, _PIPELINE_OPTIONS),
            Route("GET", BASE, self.get, _PIPELINE_OPTIONS),
        ]

    async def put(self, request: RestRequest) -> Answer:
        """Store a pipeline; whether its models exist is not looked at."""
        pipeline = await json_object(request.content(), self._upstream)
        processors = pipeline.get("processors")
        if isinstance(processors, list):
            pipeline["processors"] = [_placeholder(processor) for processor in processors]
        answer = await self._upstream.call("PUT", request.target, pipeline)
        self.forget()
        return Answer(answer)

    async def get(self, request: RestRequest) -> Answer:
        """Pipelines as they were put."""
        found = await self._upstream.call("GET", request.target)
        return Answer({name: {**pipeline, **_processors(pipeline)} for name, pipeline in found.items()})

    async def delete(self, request: RestRequest) -> Answer:
        """Delete pipelines."""
        answer = await self._upstream.call("DELETE", request.target)
        self.forget()
        return Answer(answer)

    async def with_models(self) -> dict[str, list[dict[str, Any]]]:
        """The processors of every pipeline that needs a model, by its name; asked of the server once."""
        if self._known is None:
            found = await self._all()
            restored = {name: _processors(pipeline).get("processors", []) for name, pipeline in found.items()}
            self._known = {
                name: processors for name, processors in restored.items() if any(map(needs_model, processors))
            }
        return self._known

    async def _all(self) -> dict[str, Any]:
        try:
            return await self._upstream.call("GET", BASE)
        except UpstreamError as error:
            if error.status == 404:  # there is none at all
                return {}
            raise

    def forget(self) -> None:
        """Ask the server anew: its pipelines have changed."""
        self._known = None


def needs_model(processor: dict[str, Any]) -> bool:
    """Whether a processor is one of neural search."""
    return any(kind in PROCESSORS for kind in processor)


def _processors(pipeline: dict[str, Any]) -> dict[str, Any]:
    if "processors" not in pipeline:
        return {}
    return {"processors": [_restored(processor) for processor in pipeline["processors"]]}


def _placeholder(processor: dict[str, Any]) -> dict[str, Any]:
    if not needs_model(processor):
        return processor
    for kind, config in processor.items():
        _check(kind, config)
    never = {"if": "false", "field": TAG, "value": "", "tag": TAG}
    return {"set": {**never, "description": json.dumps(processor)}}


def _restored(processor: dict[str, Any]) -> dict[str, Any]:
    placeholder = processor.get("set", {})
    if placeholder.get("tag") != TAG:
        return processor
    restored: dict[str, Any] = json.loads(placeholder["description"])
    return restored


def _check(kind: str, config: dict[str, Any]) -> None:
    if int(config.get("batch_size", 1)) < 1:
        raise _refusal("[batch_size] batch size must be a positive integer", kind, "batch_size")
    for name in ("model_id", "field_map"):
        if name not in config:
            raise _refusal(f"[{name}] required property is missing", kind, name)
    _check_pruning(kind, config)
    if not str(config["model_id"]).strip():
        raise OpenSearchError(400, "illegal_argument_exception", "model_id is null or empty, cannot process it")
    if not _is_field_map(config["field_map"]):
        reason = "Unable to create the processor as field_map has invalid key or value"
        raise OpenSearchError(400, "illegal_argument_exception", reason)
    unknown = [name for name in config if name not in PROCESSORS[kind] | _OF_ANY_PROCESSOR]
    if unknown:
        names = ", ".join(unknown)
        reason = f"processor [{kind}] doesn't support one or more provided configuration parameters [{names}]"
        raise _refusal(reason, kind)


def _check_pruning(kind: str, config: dict[str, Any]) -> None:
    if "prune_ratio" not in PROCESSORS[kind]:
        return
    pruning = config.get("prune_type") or "none"
    check_prune_type(pruning)
    if pruning == "none":
        if "prune_ratio" in config:
            raise refuse("prune_ratio_alone")
    elif config.get("prune_ratio") is None:
        raise _refusal("[prune_ratio] required property is missing", kind, "prune_ratio")
    else:
        check_prune_ratio(pruning, single(float(config["prune_ratio"])))


def _is_field_map(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(key.strip() and target for key, target in value.items())


def _refusal(reason: str, kind: str, name: str | None = None) -> OpenSearchError:
    extra = {"processor_type": kind} | ({"property_name": name} if name else {})
    return OpenSearchError(400, "parse_exception", reason, extra=extra)
