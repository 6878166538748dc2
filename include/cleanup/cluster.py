"""What runs left behind in OpenSearch: only what is named after a run whose folder is in the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from include.cleanup.orphan import CONNECTOR, GROUP, INDEX, MODEL, PIPELINES, Orphan
from include.evaluation.bm25 import index_name_of
from include.evaluation.engine import index_name_of as evaluation_index_of
from include.registry.sides import query_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from include.cleanup.runs import Runs
    from include.layout import Layout

RUNS_AT_ONCE = 20


class Cluster(Protocol):
    """What is asked of the cluster; see `opensearch_ml.hooks.cleanup.OpenSearchCleanupHook`."""

    def connectors_named(self, names: Sequence[str]) -> list[tuple[str, str]]: ...
    def models_named(self, names: Sequence[str]) -> list[tuple[str, str]]: ...
    def own_group(self, name: str) -> str | None: ...
    def models_of_group(self, model_group_id: str) -> set[str]: ...
    def pipeline_names(self) -> set[str]: ...
    def index_names(self, pattern: str) -> set[str]: ...
    def remove_model(self, model_id: str) -> None: ...
    def remove_connector(self, connector_id: str) -> None: ...
    def remove_model_group(self, model_group_id: str) -> None: ...
    def remove_pipelines(self, name: str) -> bool: ...
    def remove_index(self, name: str) -> None: ...


def cluster_orphans(cluster: Cluster, runs: Runs) -> Iterator[Orphan]:
    """Pipelines, models, connectors, empty model groups and temporary indices of runs that do not need them."""
    ended = [run for run in runs.all() if not runs.stays(run)]
    yield from _named(cluster, ended)
    models: set[str] = set()
    for start in range(0, len(ended), RUNS_AT_ONCE):
        names = {name: run for run in ended[start : start + RUNS_AT_ONCE] for name in (run.name, query_name(run.name))}
        for model_id, name in cluster.models_named(list(names)):
            models.add(model_id)
            yield Orphan(MODEL, name, _told(names[name]), model_id)
        for connector_id, name in cluster.connectors_named(list(names)):
            yield Orphan(CONNECTOR, name, _told(names[name]), connector_id)
    yield from _empty_groups(cluster, runs, ended, models)


def _named(cluster: Cluster, ended: list[Layout]) -> Iterator[Orphan]:
    """What is found by its name alone."""
    pipelines = cluster.pipeline_names()
    indices = cluster.index_names("*-bm25,*-evaluation")
    for run in ended:
        if run.name in pipelines:
            yield Orphan(PIPELINES, run.name, _told(run))
        for name in (index_name_of(run.name), evaluation_index_of(run.name)):
            if name in indices:
                yield Orphan(INDEX, name, _told(run))


def _empty_groups(cluster: Cluster, runs: Runs, ended: list[Layout], orphaned: set[str]) -> Iterator[Orphan]:
    """Groups that hold nothing, or nothing but what was found; none of a model that a run is at work on."""
    needed = {run.model_name for run in runs.all() if runs.stays(run)}
    for model_name in sorted({run.model_name for run in ended} - needed):
        group = cluster.own_group(model_name)
        if group and cluster.models_of_group(group) <= orphaned:
            yield Orphan(GROUP, model_name, model_name, group)


def _told(run: Layout) -> str:
    return f"{run.model_name}/{run.run}"
