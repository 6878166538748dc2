"""What differs between the Airflow versions that this runs on, 3.0.6 to 3.3; no other module looks for a version.

| Airflow lacks | before | then |
|---|---|---|
| a person's approval | 3.1 | the first task refuses `approval` |
| whether a DAG is paused | 3.2 | a scheduled retraining waits for a paused DAG, instead of failing |
| the running operator in the context | 3.1.3 | it is taken from the task instance |
| the slash of a log's address | 3.1 | it is put in |
| a None among several outputs | after 3.0 | it is not pushed: see empty_outputs.py |
| the list of a run's tasks and their times | 3.2 | failures come in the DAG's order; the report has no seconds |
| retry policies | 3.3 | a `TerminalError` ends its task, any other error is tried again: see final_errors.py |
| cancelling in the triggerer | 3.3 | the run's last task ends the job of a deferred task that was cancelled |
"""

from __future__ import annotations

import re
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from airflow.sdk import Context

try:
    from airflow.sdk import BaseHook
except ImportError:  # 3.0
    from airflow.hooks.base import BaseHook

try:
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSensorTimeout,
        AirflowSkipException,
    )
except ImportError:  # 3.0 and 3.1
    from airflow.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowNotFoundException,
        AirflowSensorTimeout,
        AirflowSkipException,
    )

try:
    from airflow.sdk import RetryDecision, RetryPolicy
except ImportError:  # 3.0 to 3.2
    RetryDecision, RetryPolicy = None, object

try:
    from airflow.sdk import CronTriggerTimetable
except ImportError:  # 3.0 and 3.1
    from airflow.timetables.trigger import CronTriggerTimetable

try:
    from airflow.providers.standard.operators.hitl import ApprovalOperator
except (ImportError, AirflowException):  # 3.0: the provider has the module, which says that Airflow is too old
    ApprovalOperator = None

__all__ = [
    "HAS_APPROVAL",
    "HAS_RETRY_POLICY",
    "AirflowException",
    "AirflowFailException",
    "AirflowNotFoundException",
    "AirflowSensorTimeout",
    "AirflowSkipException",
    "ApprovalOperator",
    "BaseHook",
    "CronTriggerTimetable",
    "RetryDecision",
    "RetryPolicy",
    "airflow_version",
    "is_paused",
    "log_url_of",
    "running_task",
    "tasks_of_run",
]

HAS_RETRY_POLICY = RetryDecision is not None
HAS_APPROVAL = ApprovalOperator is not None


def airflow_version() -> str:
    """Of the Airflow that is installed."""
    return version("apache-airflow-core")


def is_paused(ti: Any, dag_id: str) -> bool:
    """Whether a DAG is paused; False before Airflow 3.2, which does not tell a task.

    Args:
        ti: of the task that runs.
        dag_id: of the DAG.
    """
    return hasattr(ti, "get_dag") and bool(ti.get_dag(dag_id).is_paused)


def log_url_of(ti: Any) -> str:
    """Where a person reads the log of a task. Airflow 3.0 forgets the slash if `[api] base_url` does not end with one.

    Args:
        ti: of the task that runs.
    """
    return re.sub(r"(?<=[^/])(?=dags/[^/]+/runs/)", "/", str(ti.log_url), count=1)


def running_task(context: Context) -> Any:
    """The operator that runs; before 3.1.3 the context has the one that it was copied from."""
    return context["ti"].task


def tasks_of_run(ti: Any, dag_id: str, run_id: str) -> list[dict[str, Any]]:
    """The tasks of a run that have ended or failed: `task_id`, `map_index`, `state`, and `duration` in seconds or None.

    In the order in which they ended; before Airflow 3.2 in the order of the DAG.

    Args:
        ti: of the task that runs.
        dag_id: of the run's DAG.
        run_id: of the run.
    """
    if hasattr(ti, "get_task_breadcrumbs"):
        return list(ti.get_task_breadcrumbs(dag_id=dag_id, run_id=run_id))
    states = ti.get_task_states(dag_id=dag_id, run_ids=[run_id]).get(run_id, {})
    known = ti.task.dag.task_ids
    tasks = [{**_named(key, known), "state": state, "duration": None} for key, state in states.items()]
    return sorted(tasks, key=lambda task: (known.index(task["task_id"]), task["map_index"]))


def _named(key: str, known: list[str]) -> dict[str, Any]:
    """A mapped task is `{task_id}_{map_index}` here."""
    task_id, _, number = key.rpartition("_")
    mapped = key not in known and task_id in known and number.isdigit()
    return {"task_id": task_id, "map_index": int(number)} if mapped else {"task_id": key, "map_index": -1}
