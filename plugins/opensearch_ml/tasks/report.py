"""The last task of a run that went well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from include import layout as at
from include.expiry import let_intermediates_expire
from include.metrics.run import measures_of_report
from include.phases.report import save_report
from include.plan import Plan
from include.storage import read_json
from opensearch_ml.airflow_versions import running_task, tasks_of_run
from opensearch_ml.clients import s3_of
from opensearch_ml.final_errors import task
from opensearch_ml.links import ReportLink, remember_link, s3_link
from opensearch_ml.metrics import publish
from opensearch_ml.tasks.gate import APPROVE, approval_of

if TYPE_CHECKING:
    from airflow.sdk import Context


@task(trigger_rule="none_failed")
def write_report(
    plan: dict[str, Any], registration: dict[str, Any] | None, benchmark: dict[str, Any] | None
) -> dict[str, Any]:
    """Write the report to S3; returns its URIs, the outcome, and the ids of what was deployed, if anything was."""
    run, context = Plan.model_validate(plan), get_current_context()
    s3 = s3_of(run)
    written = save_report(s3, run, registration, seconds_of_phases(context), benchmark, approval_of(context))
    publish(run, measures_of_report(read_json(s3, run.layout.uri(at.REPORT_JSON))))
    let_intermediates_expire(s3, run.layout)
    remember_link(running_task(context), ReportLink, s3_link(s3, written["report"]))
    return written


def seconds_of_phases(context: Context) -> dict[str, float]:
    """Time that the tasks of each phase took, by its task group; not that in which a person was waited for.

    Nothing where Airflow does not tell.
    """
    dag_run = context["dag_run"]
    seconds: dict[str, float] = {}
    for crumb in tasks_of_run(context["ti"], dag_run.dag_id, dag_run.run_id):
        phase, inner, _ = crumb["task_id"].partition(".")
        if inner and crumb["task_id"] != APPROVE and crumb["duration"] is not None:
            seconds[phase] = seconds.get(phase, 0.0) + crumb["duration"]
    return seconds
