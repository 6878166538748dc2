"""The last task of every run: it is skipped if the run went well."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from include.errors import TerminalError
from include.failure import Failure, summarise
from include.metrics.run import measures_of_failure
from include.storage import write_json
from opensearch_ml.airflow_versions import AirflowSkipException
from opensearch_ml.clients import s3_of
from opensearch_ml.failures import failures_of
from opensearch_ml.final_errors import task
from opensearch_ml.metrics import publish
from opensearch_ml.notify import notify_as_asked
from opensearch_ml.tasks.plan import with_defaults
from opensearch_ml.tasks.release import EXPLANATION, planned, release
from opensearch_ml.tasks.report import seconds_of_phases

if TYPE_CHECKING:
    from airflow.sdk import Context

    from include.plan import Plan

log = logging.getLogger(__name__)

FAILURE = "report/failure.json"
AFTER_DEPLOYMENT = (
    "benchmark_highlighter",
    "record_promotion",
    "write_report",
    "evaluation.delete_bm25_index",
    "evaluation.delete_evaluation_index",
)
"""What may fail without taking down a model that is deployed and checked."""


@task(trigger_rule="all_done", on_failure_callback=None)
def explain_failure() -> None:
    """Say what failed, why, where the log is and what to do; end what would be billed on.

    Raises:
        TerminalError: always when a task failed, with the explanation, so that the run counts as failed.
    """
    context = get_current_context()
    failures = failures_of(context)
    if not failures:
        raise AirflowSkipException("The run went well.")
    plan = planned(context)
    # A finished deployment without a report stays.
    undeploy = any(failure.task_id not in AFTER_DEPLOYMENT for failure in failures)
    released = release(context, plan, undeploy) if plan else []
    explanation = summarise(failures, released)
    context["ti"].xcom_push(key=EXPLANATION, value=explanation)
    if plan:
        _keep(plan, failures, released)
        publish(plan, measures_of_failure(failures, seconds_of_phases(context)))
    _tell(context, plan, explanation)
    raise TerminalError(explanation)


def _keep(plan: Plan, failures: list[Failure], released: list[str]) -> None:
    """Write the story beside the report; a bucket that refuses must not hide it."""
    from botocore.exceptions import BotoCoreError, ClientError

    kept = {"failures": [failure.as_dict() for failure in failures], "released": released}
    try:
        write_json(s3_of(plan), plan.layout.uri(FAILURE), kept)
    except (BotoCoreError, ClientError) as error:
        log.warning("%s could not be written: %s", plan.layout.uri(FAILURE), error)


def _tell(context: Context, plan: Plan | None, explanation: str) -> None:
    """Notify as the run's parameters say, also if there is no plan because they are wrong."""
    given = plan.settings.run.model_dump() if plan else _given(context)
    notify_as_asked(given, f"{context['dag_run'].dag_id} failed", explanation)


def _given(context: Context) -> dict[str, Any]:
    params = dict(context["params"])
    try:
        return with_defaults(params, context["dag_run"].conf or {})
    except TerminalError:  # the Variable of defaults is what is wrong
        return params
