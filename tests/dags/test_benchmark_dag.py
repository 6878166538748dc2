"""The benchmark's DAG as Airflow reads it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from include.benchmark.settings import BenchmarkSettings, missing
from include.errors import TerminalError
from include.parameters import parameter_schemas, read_as
from opensearch_ml.retry import FinetuneRetryPolicy

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

PROJECT = Path(__file__).parents[2]
UPSTREAM = {
    "plan_benchmark": set(),
    "run_benchmark": {"plan_benchmark"},
    "write_benchmark_report": {"plan_benchmark", "run_benchmark"},
}
HEAVY = ("torch", "numpy", "scipy", "matplotlib", "jinja2.compiler", "opensearchpy", "smart_open", "local")


@pytest.fixture(scope="module")
def benchmark_dag(dagbag: DagBag) -> DAG:
    assert dagbag.import_errors == {}
    found: DAG = dagbag.dags["benchmark_highlighting"]
    return found


def test_benchmark_dag_tasks_run_one_after_the_other(benchmark_dag: DAG) -> None:
    assert {task.task_id: task.upstream_task_ids for task in benchmark_dag.tasks} == UPSTREAM


def test_benchmark_dag_form_is_the_settings(benchmark_dag: DAG) -> None:
    schemas = parameter_schemas(BenchmarkSettings)

    assert list(benchmark_dag.params) == list(schemas)
    for name, schema in schemas.items():
        assert benchmark_dag.params.get_param(name).schema["section"] == schema["section"]


def test_benchmark_dag_defaults_pass_their_own_form(benchmark_dag: DAG) -> None:
    benchmark_dag.params.validate()


def test_benchmark_dag_is_not_measured_by_another_run(benchmark_dag: DAG) -> None:
    assert benchmark_dag.max_active_runs == 1


@pytest.mark.parametrize("task_id", UPSTREAM)
def test_benchmark_task_is_retried_by_the_policy(benchmark_dag: DAG, task_id: str) -> None:
    assert isinstance(benchmark_dag.get_task(task_id).retry_policy, FinetuneRetryPolicy)


def test_benchmark_report_links_to_the_page(benchmark_dag: DAG) -> None:
    assert [link.name for link in benchmark_dag.get_task("write_benchmark_report").operator_extra_links] == ["Report"]


def test_benchmark_dag_survives_serialisation(benchmark_dag: DAG) -> None:
    from airflow.serialization.serialized_objects import DagSerialization

    read: Any = DagSerialization.from_dict(json.loads(json.dumps(DagSerialization.to_dict(benchmark_dag))))

    assert set(read.task_ids) == set(UPSTREAM)
    assert list(read.params) == list(benchmark_dag.params)


def test_benchmark_dag_reading_imports_nothing_heavy() -> None:
    script = (
        "import sys, json; import airflow.sdk; from airflow.providers.amazon.aws.operators import sagemaker\n"
        "before = set(sys.modules); import benchmark_highlighting\n"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    path = os.pathsep.join(map(str, (PROJECT, PROJECT / "plugins", PROJECT / "dags")))
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    modules = json.loads(done.stdout)

    assert not [name for name in modules if name.split(".")[0] in HEAVY]


def test_benchmark_run_without_parameters_says_what_to_give() -> None:
    with pytest.raises(TerminalError, match=r"index_name is empty.*\n.*model_id is empty.*\n.*bucket is empty"):
        read_as(BenchmarkSettings, {}, missing)
