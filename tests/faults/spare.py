"""Spares `dag.test` the work that it does again for every run and that no fault touches: half of a run's time."""

from __future__ import annotations

import functools
import json
from functools import partial
from typing import Any


def spare_repeated_work() -> None:
    """Each schema of the form is checked once, and the DAG files and AWS's service models are read once."""
    import jsonschema
    from airflow.dag_processing.bundles.manager import DagBundlesManager
    from botocore import loaders

    for draft in (jsonschema.Draft7Validator, jsonschema.Draft202012Validator):
        draft.check_schema = staticmethod(_once(draft.check_schema))
    load = functools.cache(partial(loaders.JSONFileLoader.load_file, loaders.JSONFileLoader()))
    loaders.JSONFileLoader.load_file = lambda _, path: load(path)  # type: ignore[method-assign]
    DagBundlesManager.get_all_dag_bundles = _first_time_only(DagBundlesManager.get_all_dag_bundles)


def _once(check: Any) -> Any:
    @functools.cache
    def checked(text: str) -> None:
        check(json.loads(text))

    return lambda schema, *_, **__: checked(json.dumps(schema, sort_keys=True))


def _first_time_only(all_of: Any) -> Any:
    asked: list[None] = []

    def bundles(manager: Any) -> Any:
        asked.append(None)
        return list(all_of(manager)) if len(asked) == 1 else []

    return bundles
