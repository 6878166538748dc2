"""The last task of every run: it is skipped if the run went well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import TerminalError
from include.failure import Failure, summarise
from include.plan import Plan
from include.release import delete_endpoint, stop_batch_jobs, stop_training
from include.storage import write_json
from opensearch_ml.clients import aws_client, hook_of, s3_of
from opensearch_ml.failures import failures_of

if TYPE_CHECKING:
    from airflow.sdk import Context

EXPLANATION = "explanation"
FAILURE = "report/failure.json"
DEPLOYED = "write_report"


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
    plan = context["ti"].xcom_pull(task_ids="plan_run", key="plan")
    released = _release(context, Plan.model_validate(plan), failures) if plan else []
    explanation = summarise(failures, released)
    context["ti"].xcom_push(key=EXPLANATION, value=explanation)
    raise TerminalError(explanation)


def _release(context: Context, plan: Plan, failures: list[Failure]) -> list[str]:
    """End jobs, and take down a deployment that was not finished; a finished one without a report stays."""
    run, name = plan.settings.run, plan.layout.name
    sagemaker = aws_client("sagemaker", run.aws_conn_id, plan.region)
    released = [
        *stop_batch_jobs(aws_client("bedrock", run.aws_conn_id, plan.region), name),
        *stop_training(sagemaker, name),
    ]
    if any(failure.task_id != DEPLOYED for failure in failures):
        released += _remove_registration(context, plan)
        released += delete_endpoint(sagemaker, name)
    write_json(
        s3_of(plan),
        plan.layout.uri(FAILURE),
        {"failures": [failure.as_dict() for failure in failures], "released": released},
    )
    return released


def _remove_registration(context: Context, plan: Plan) -> list[str]:
    ti, hook = context["ti"], hook_of(plan)
    removed: list[str] = []
    for task_id, remove in (
        ("opensearch.register_model", hook.remove_model),
        ("opensearch.create_connector", hook.remove_connector),
    ):
        identifier: Any = ti.xcom_pull(task_ids=task_id)
        if identifier:
            remove(identifier)
            removed.append(f"{task_id.partition('_')[2]} {identifier} removed from OpenSearch")
    return removed
