"""What a cleanup asks of a cluster, beside what the runs do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opensearch_ml.hooks.ml_commons import OWN_GROUP, OpenSearchMLHook

if TYPE_CHECKING:
    from collections.abc import Sequence

HTTP_NOT_FOUND = 404


class OpenSearchCleanupHook(OpenSearchMLHook):
    """Finds things by the names that runs give them, and removes those for which a run has no call."""

    def connectors_named(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Ids and names of the connectors with one of these names."""
        return self._named(self.conn.plugins.ml.search_connectors, names)

    def models_named(self, names: Sequence[str]) -> list[tuple[str, str]]:
        """Ids and names of the models with one of these names."""
        return self._named(self.conn.plugins.ml.search_models, names)

    def own_group(self, name: str) -> str | None:
        """Id of the model group of this name that a run of ours has made; None if there is none."""
        found = self._find(self.conn.plugins.ml.search_model_group, {"match": {"name": name}})
        ours = (group for group, source in found if (source["name"], source.get("description")) == (name, OWN_GROUP))
        return next(ours, None)

    def models_of_group(self, model_group_id: str) -> set[str]:
        """Ids of the models in a group."""
        found = self._find(self.conn.plugins.ml.search_models, {"term": {"model_group_id": model_group_id}})
        return {model_id for model_id, _ in found}

    def remove_model_group(self, model_group_id: str) -> None:
        """Delete a model group, if it is there; it must be empty."""
        self.conn.plugins.ml.delete_model_group(model_group_id=model_group_id, params={"ignore": 404})

    def pipeline_names(self) -> set[str]:
        """Names of all ingest and search pipelines."""
        pipelines = (
            get(params={"ignore": 404}) for get in (self.conn.ingest.get_pipeline, self.conn.search_pipeline.get)
        )
        # Where there is none at all, the answer is an error.
        return {name for found in pipelines if found.get("status") != HTTP_NOT_FOUND for name in found}

    def index_names(self, pattern: str) -> set[str]:
        """Names of the indices that match."""
        return set(self.conn.indices.get_alias(index=pattern, params={"ignore_unavailable": "true"}))

    def remove_index(self, name: str) -> None:
        """Delete an index, if it is there."""
        self.conn.indices.delete(index=name, params={"ignore_unavailable": "true"})

    def _named(self, search: Any, names: Sequence[str]) -> list[tuple[str, str]]:
        found = self._find(search, {"terms": {"name.keyword": list(names)}})
        return [(identifier, source["name"]) for identifier, source in found]
