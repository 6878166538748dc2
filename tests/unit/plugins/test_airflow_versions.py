"""What stands in for what an older Airflow lacks; on the real ones it is run by `make test-package`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from include.errors import TerminalError
from opensearch_ml.airflow_versions import HAS_APPROVAL, HAS_RETRY_POLICY, log_url_of, running_task, tasks_of_run
from opensearch_ml.operators.approval import ApprovalOperator, NoApprovalOperator, check_approval

IDS = ["plan_run", "queries.start_batch_job", "endpoint.create_2"]


class OldTaskInstance:
    """Of Airflow 3.0 and 3.1: knows the states of a run's tasks, and not when they ended."""

    task = SimpleNamespace(dag=SimpleNamespace(task_ids=IDS))

    def get_task_states(self, dag_id: str, run_ids: list[str]) -> dict[str, Any]:
        states = {
            "endpoint.create_2": None,
            "queries.start_batch_job_11": "failed",
            "queries.start_batch_job_0": "success",
            "plan_run": "success",
        }
        return {run_ids[0]: states}


def test_tasks_of_run_old_airflow_come_in_the_order_of_the_dag_with_their_map_index() -> None:
    tasks = tasks_of_run(OldTaskInstance(), "dag", "run")

    assert [(task["task_id"], task["map_index"], task["state"]) for task in tasks] == [
        ("plan_run", -1, "success"),
        ("queries.start_batch_job", 0, "success"),
        ("queries.start_batch_job", 11, "failed"),
        ("endpoint.create_2", -1, None),
    ]
    assert {task["duration"] for task in tasks} == {None}


def test_tasks_of_run_new_airflow_is_asked_for_them() -> None:
    crumbs = [{"task_id": "plan_run", "state": "success", "duration": 1.5}]
    ti = SimpleNamespace(get_task_breadcrumbs=lambda dag_id, run_id: iter(crumbs))

    assert tasks_of_run(ti, "dag", "run") == crumbs


def test_installed_airflow_lacks_nothing() -> None:
    assert HAS_APPROVAL
    assert HAS_RETRY_POLICY
    assert ApprovalOperator is not NoApprovalOperator


def test_check_approval_says_what_to_do_where_nobody_can_be_asked() -> None:
    check_approval(asked_for=False, possible=False)
    check_approval(asked_for=True, possible=True)
    with pytest.raises(TerminalError, match=r"approval is true, and Airflow 3\.\d.*Set approval to false.*3\.1"):
        check_approval(asked_for=True, possible=False)


def test_no_approval_operator_takes_what_the_stock_one_takes_and_approves_nothing() -> None:
    operator = NoApprovalOperator(task_id="approve", subject="Deploy?", defaults=NoApprovalOperator.REJECT)

    with pytest.raises(TerminalError, match="approval is true"):
        operator.execute({})


@pytest.mark.parametrize("base", ["http://airflow", "http://airflow/", "https://host/dags/airflow"])
def test_log_url_of_has_one_slash_after_the_base_url(base: str) -> None:
    page = "dags/finetune/runs/manual__1/tasks/plan_run?try_number=1"
    ti: Any = SimpleNamespace(log_url=f"{base}{page}")

    assert log_url_of(ti) == f"{base.rstrip('/')}/{page}"


def test_log_url_of_new_airflow_is_left_as_it_is() -> None:
    url = "http://airflow/dags/finetune/runs/manual__1/tasks/plan_run"

    assert log_url_of(SimpleNamespace(log_url=url)) == url


def test_running_task_is_not_the_copy_that_old_airflow_has_in_the_context() -> None:
    parsed, runs = object(), object()

    context: Any = {"task": parsed, "ti": SimpleNamespace(task=runs)}

    assert running_task(context) is runs
