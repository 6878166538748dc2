"""Ends what a run that did not come to its end would go on paying for: jobs, and a deployment that is half there."""

from __future__ import annotations

from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

from airflow.sdk import get_current_context

from include.errors import RetryableError, TerminalError
from include.evaluation.bm25 import delete_index, index_name_of
from include.evaluation.engine import index_name_of as evaluation_index_of
from include.expiry import let_intermediates_expire
from include.failure import released_line
from include.plan import Plan
from include.promotion.record import promotions_uri
from include.promotion.store import read_promotions
from include.release import delete_endpoint, stop_batch_jobs, stop_training
from include.retryable import is_retryable
from opensearch_ml.airflow_versions import AirflowSkipException, tasks_of_run
from opensearch_ml.clients import aws_client, hook_of, s3_of
from opensearch_ml.final_errors import task

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from opensearch_ml.hooks.ml_commons import OpenSearchMLHook

EXPLAIN, REPORT = "explain_failure", "write_report"
EXPLANATION = "explanation"
WORKERS_END_SECONDS = 15
"""Within this time a worker notices that its task was cancelled, and ends; till then it may still start a job."""


@task(on_failure_callback=None)
def release_run() -> None:
    """After a run that was cancelled: end what it pays for, and remove what is half deployed.

    As a teardown it runs also when the run was marked failed in the UI, which no other task does. Of a run that came to
    its end, and of one that failed, for which `explain_failure` does this, it leaves everything as it is.

    Raises:
        TerminalError: always when the run was cancelled, so that it counts as failed.
    """
    context = get_current_context()
    plan = planned(context)
    if plan is None or not _was_cancelled(context):
        raise AirflowSkipException("The run came to its end, or explain_failure ends what it pays for.")
    Event().wait(WORKERS_END_SECONDS)
    released = release(context, plan, undeploy=not _is_promoted(plan))
    raise TerminalError(f"The run was cancelled. {released_line(released)}")


def planned(context: Context) -> Plan | None:
    """The plan of the run; None if it was never made."""
    found = context["ti"].xcom_pull(task_ids="plan_run", key="plan")
    return Plan.model_validate(found) if found else None


def release(context: Context, plan: Plan, undeploy: bool) -> list[str]:
    """End the run's jobs and, if told so, take down its deployment; says what was ended, or could not be.

    What an earlier run deployed, and this one uses, is not touched.
    """
    run, name = plan.settings.run, plan.layout.name
    sagemaker = aws_client("sagemaker", run.aws_conn_id, plan.region)
    released = [
        *stop_batch_jobs(aws_client("bedrock", run.aws_conn_id, plan.region), name),
        *stop_training(sagemaker, name),
    ]
    let_intermediates_expire(s3_of(plan), plan.layout)
    if undeploy:
        removed = _remove_from_opensearch(context, plan)
        released += [*(outcome.line for outcome in removed), *delete_endpoint(sagemaker, name)]
        _try_again([outcome.line for outcome in removed if outcome.may_pass], context)
    return released


class Outcome(NamedTuple):
    """What became of one thing that was to be removed, and whether another try may end better."""

    line: str
    may_pass: bool = False


def _try_again(left: list[str], context: Context) -> None:
    """Raises if something is left that another try may remove, and there is one."""
    ti: Any = context["ti"]
    if left and ti.try_number <= ti.max_tries:
        raise RetryableError("; ".join(left))


def _was_cancelled(context: Context) -> bool:
    """Whether tasks were ended or skipped by a person, and not by a failure, the gate or the end of the run."""
    dag_run, ti = context["dag_run"], context["ti"]
    crumbs = tasks_of_run(ti, dag_run.dag_id, dag_run.run_id)
    states = {crumb["task_id"]: crumb["state"] for crumb in crumbs}
    if states.get(REPORT) == "success":
        return False
    told = ti.xcom_pull(task_ids=EXPLAIN, key=EXPLANATION)
    return states.get(EXPLAIN) == "skipped" or (states.get(EXPLAIN) == "failed" and not told)


def _is_promoted(plan: Plan) -> bool:
    """Whether users may search with the run's model already."""
    layout = plan.layout
    entries = read_promotions(s3_of(plan), promotions_uri(layout.bucket, layout.prefix, layout.model_name))
    return any(entry.get("run") == plan.run for entry in entries)


def _is_own_deployment(context: Context, plan: Plan) -> bool:
    """Whether the run deploys under its own name, not anew what an earlier run has deployed."""
    chosen = context["ti"].xcom_pull(task_ids="endpoint.choose_deployment", key="endpoint_request")
    return not chosen or chosen["EndpointName"] == plan.layout.name


def _remove_from_opensearch(context: Context, plan: Plan) -> list[Outcome]:
    """Take down what the run made in the cluster; a cluster that refuses does not keep the rest from being told."""
    ti, hook = context["ti"], hook_of(plan)
    queries = partial(ti.xcom_pull, task_ids="opensearch.register_query_model")
    # Pipelines first: a model that one of them names is not deleted.
    deployed: list[tuple[str, Any, Callable[[Any], Any]]] = [
        ("pipelines", ti.xcom_pull(task_ids="opensearch.create_pipelines", key="name"), hook.remove_pipelines),
        ("model for queries", queries(key="model_id"), hook.remove_model),
        ("connector for queries", queries(key="connector_id"), hook.remove_connector),
        ("model", ti.xcom_pull(task_ids="opensearch.register_model"), hook.remove_model),
        ("connector", ti.xcom_pull(task_ids="opensearch.create_connector"), hook.remove_connector),
    ]
    temporary = [
        ("index", index_name_of(plan.layout.name), partial(_remove_index, hook)),
        ("index", evaluation_index_of(plan.layout.name), partial(_remove_index, hook)),
    ]
    made = [*(deployed if _is_own_deployment(context, plan) else ()), *temporary]
    told = [_remove(what, identifier, remove) for what, identifier, remove in made if identifier]
    return [outcome for outcome in told if outcome.line]


def _remove(what: str, identifier: str, remove: Callable[[Any], Any]) -> Outcome:
    from opensearchpy.exceptions import OpenSearchException

    try:
        there = remove(identifier)
    except (OpenSearchException, TerminalError) as error:
        line = f"{what} {identifier} NOT removed from OpenSearch, do it yourself: {error}"
        return Outcome(line, may_pass=bool(is_retryable(error)))
    return Outcome("" if there is False else f"{what} {identifier} removed from OpenSearch")


def _remove_index(hook: OpenSearchMLHook, index: str) -> bool:
    there = bool(hook.conn.indices.exists(index=index))
    if there:
        delete_index(hook.conn, index)
    return there
