"""The last task of every run: it is skipped if the run went well."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException

from include.errors import TerminalError
from include.evaluation.bm25 import delete_index, index_name_of
from include.evaluation.engine import index_name_of as evaluation_index_of
from include.failure import Failure, summarise
from include.plan import Plan
from include.release import delete_endpoint, stop_batch_jobs, stop_training
from include.storage import write_json
from opensearch_ml.clients import aws_client, hook_of, s3_of
from opensearch_ml.failures import failures_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

    from opensearch_ml.hooks.ml_commons import OpenSearchMLHook

log = logging.getLogger(__name__)

EXPLANATION = "explanation"
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
    planned = context["ti"].xcom_pull(task_ids="plan_run", key="plan")
    plan = Plan.model_validate(planned) if planned else None
    released = _release(context, plan, failures) if plan else []
    explanation = summarise(failures, released)
    context["ti"].xcom_push(key=EXPLANATION, value=explanation)
    if plan:
        _keep(plan, failures, released)
    raise TerminalError(explanation)


def _release(context: Context, plan: Plan, failures: list[Failure]) -> list[str]:
    """End jobs, and take down a deployment that was not finished; a finished one without a report stays."""
    run, name = plan.settings.run, plan.layout.name
    sagemaker = aws_client("sagemaker", run.aws_conn_id, plan.region)
    released = [
        *stop_batch_jobs(aws_client("bedrock", run.aws_conn_id, plan.region), name),
        *stop_training(sagemaker, name),
    ]
    if any(failure.task_id not in AFTER_DEPLOYMENT for failure in failures):
        released += _remove_from_opensearch(context, plan)
        released += delete_endpoint(sagemaker, name)
    return released


def _keep(plan: Plan, failures: list[Failure], released: list[str]) -> None:
    """Write the story beside the report; a bucket that refuses must not hide it."""
    from botocore.exceptions import ClientError

    kept = {"failures": [failure.as_dict() for failure in failures], "released": released}
    try:
        write_json(s3_of(plan), plan.layout.uri(FAILURE), kept)
    except ClientError as error:
        log.warning("%s could not be written: %s", plan.layout.uri(FAILURE), error)


def _remove_from_opensearch(context: Context, plan: Plan) -> list[str]:
    """Take down what the run made in the cluster; a cluster that refuses does not keep the rest from being told."""
    ti, hook = context["ti"], hook_of(plan)
    queries = partial(ti.xcom_pull, task_ids="opensearch.register_query_model")
    # Pipelines first: a model that one of them names is not deleted.
    made: list[tuple[str, Any, Callable[[Any], Any]]] = [
        ("pipelines", ti.xcom_pull(task_ids="opensearch.create_pipelines", key="name"), hook.remove_pipelines),
        ("model for queries", queries(key="model_id"), hook.remove_model),
        ("connector for queries", queries(key="connector_id"), hook.remove_connector),
        ("model", ti.xcom_pull(task_ids="opensearch.register_model"), hook.remove_model),
        ("connector", ti.xcom_pull(task_ids="opensearch.create_connector"), hook.remove_connector),
    ]
    indices: list[tuple[str, Any, Callable[[Any], Any]]] = [
        ("index", index_name_of(plan.layout.name), partial(_remove_index, hook)),
        ("index", evaluation_index_of(plan.layout.name), partial(_remove_index, hook)),
    ]
    # What an earlier run deployed, and this one only found, stays.
    found = ti.xcom_pull(task_ids="endpoint.choose_deployment", key="reused_from")
    taken_down = indices if found else [*made, *indices]
    told = [_remove(what, identifier, remove) for what, identifier, remove in taken_down if identifier]
    return [line for line in told if line]


def _remove(what: str, identifier: str, remove: Callable[[Any], Any]) -> str:
    from opensearchpy.exceptions import OpenSearchException

    try:
        there = remove(identifier)
    except OpenSearchException as error:
        return f"{what} {identifier} NOT removed from OpenSearch, do it yourself: {error}"
    return "" if there is False else f"{what} {identifier} removed from OpenSearch"


def _remove_index(hook: OpenSearchMLHook, index: str) -> bool:
    there = bool(hook.conn.indices.exists(index=index))
    if there:
        delete_index(hook.conn, index)
    return there
