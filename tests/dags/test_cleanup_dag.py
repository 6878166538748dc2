"""The cleanup's DAG: read without errors, lists by default, one at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from include.cleanup.settings import CleanupSettings
from include.parameters import parameter_schemas
from opensearch_ml.retry import FinetuneRetryPolicy

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG


@pytest.fixture(scope="module")
def cleanup(dagbag: DagBag) -> DAG:
    found: DAG = dagbag.dags["cleanup_search_models"]
    return found


def test_cleanup_dag_is_one_task_that_is_retried_by_the_policy(cleanup: DAG) -> None:
    [task] = cleanup.tasks

    assert task.task_id == "clean_up"
    assert isinstance(task.retry_policy, FinetuneRetryPolicy)
    assert [link.name for link in task.operator_extra_links] == ["Report"]


def test_cleanup_dag_lists_by_default_and_never_twice_at_once(cleanup: DAG) -> None:
    assert cleanup.params["delete"] is False
    assert cleanup.max_active_runs == 1
    assert not cleanup.catchup


def test_cleanup_dag_params_are_the_settings(cleanup: DAG) -> None:
    assert list(cleanup.params) == list(parameter_schemas(CleanupSettings))
