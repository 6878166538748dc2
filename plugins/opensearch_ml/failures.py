"""Each failed task leaves a note; the last task of a run reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.failure import NO_EXCEPTION, Failure, words_of
from opensearch_ml.airflow_versions import log_url_of, tasks_of_run
from opensearch_ml.final_errors import original

if TYPE_CHECKING:
    from airflow.sdk import Context

KEY = "failure"
FAILED = ("failed", "upstream_failed")


def note_failure(context: Context) -> None:
    """Leave the note of a failed task as XCom; used as `on_failure_callback`."""
    ti, error = context["ti"], original(context.get("exception"))
    note = Failure(
        task_id=ti.task_id,
        error=type(error).__name__,
        message=NO_EXCEPTION if error is None else words_of(error),
        log_url=log_url_of(ti),
        map_index=-1 if ti.map_index is None else ti.map_index,
    )
    ti.xcom_push(key=KEY, value=note.as_dict())


def failures_of(context: Context) -> list[Failure]:
    """The notes of all failed tasks of the run, in the order in which they ended."""
    dag_run, ti = context["dag_run"], context["ti"]
    crumbs = tasks_of_run(ti, dag_run.dag_id, dag_run.run_id)
    failed = [crumb for crumb in crumbs if crumb["state"] == "failed" and crumb["task_id"] != ti.task_id]
    return [_note(ti, crumb) for crumb in failed]


def _note(ti: Any, crumb: dict[str, Any]) -> Failure:
    map_index = crumb.get("map_index", -1)
    note = ti.xcom_pull(task_ids=crumb["task_id"], key=KEY, map_indexes=map_index)
    if note:
        return Failure(**note)
    return Failure(crumb["task_id"], "none", NO_EXCEPTION, log_url_of(ti), map_index)
