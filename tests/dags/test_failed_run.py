"""A run through Airflow itself that fails at once: the states, what is told, and that nothing was asked of AWS."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from airflow.models.dagrun import DagRun

# Airflow's own code warns while it runs a task; ours must not (everywhere else a warning is an error).
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def database() -> None:
    """Airflow's tables, in the temporary home of the tests."""
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)


@pytest.fixture(scope="module")
def failed_run(database: None) -> Any:
    """The run of a new user who gives a misspelt parameter and forgets others; with all calls to AWS."""
    import botocore.client
    from finetune_search_model import dag

    calls: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.client.BaseClient, "_make_api_call", lambda _, operation, __: calls.append(operation))
        run: DagRun = dag.test(run_conf={"indexname": "articles"})
        return run, {ti.task_id: ti.state for ti in run.get_task_instances()}, calls


def test_failed_run_counts_as_failed(failed_run: Any) -> None:
    run, _, _ = failed_run

    assert run.state == "failed"


def test_failed_run_two_tasks_failed_and_all_others_were_held_back(failed_run: Any) -> None:
    _, states, _ = failed_run

    assert {name for name, state in states.items() if state == "failed"} == {"plan_run", "explain_failure"}
    assert states.pop("release_run") == "skipped"
    assert {state for name, state in states.items() if name not in ("plan_run", "explain_failure")} == {
        "upstream_failed"
    }


def test_failed_run_is_explained_in_one_place(failed_run: Any) -> None:
    run, _, _ = failed_run

    text = run.get_task_instance("explain_failure").xcom_pull(task_ids="explain_failure", key="explanation")

    assert "plan_run failed: A parameter is 'indexname', which is not known. Did you mean 'index_name'?" in text
    assert "bucket is empty. Give the S3 bucket that the run may write to." in text
    assert "next: Correct the parameters and trigger again; nothing was spent." in text
    assert "nothing was running" in text


def test_failed_run_asked_nothing_of_aws(failed_run: Any) -> None:
    _, _, calls = failed_run

    assert calls == []


def test_wrong_value_is_refused_when_it_is_triggered(database: None) -> None:
    """Airflow itself holds what is typed against the form."""
    from airflow.sdk.exceptions import ParamValidationError
    from finetune_search_model import dag

    with pytest.raises(ParamValidationError, match="'opensaerch' is not one of"):
        dag.test(run_conf={"input_type": "opensaerch"})
