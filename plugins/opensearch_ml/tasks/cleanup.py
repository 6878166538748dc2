"""What crashed runs left behind is listed, and deleted if asked for."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from include.cleanup.delete import Clients, delete_orphans
from include.cleanup.find import find_orphans
from include.cleanup.report import outcome, save, summary, table
from include.cleanup.runs import Runs, began_before
from include.cleanup.settings import CleanupOptions, CleanupSettings, missing
from include.errors import TerminalError
from include.parameters import read_as
from include.settings.place import PlaceSettings
from include.storage import check_bucket
from opensearch_ml.airflow_versions import running_task
from opensearch_ml.clients import aws_client, check_aws_connection
from opensearch_ml.final_errors import task
from opensearch_ml.hooks.cleanup import OpenSearchCleanupHook
from opensearch_ml.links import ReportLink, remember_link, s3_link
from opensearch_ml.tasks.plan import DEFAULTS_VARIABLE, with_defaults

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

SHARED = tuple(PlaceSettings.model_fields)
"""Parameters that a cleanup has in common with the runs, whose Variable of defaults it reads."""
KEY = "cleanup"
AT_WORK = ["queued", "running"]


@task
def clean_up() -> dict[str, Any]:
    """List what runs left behind, and delete it if asked for; returns counts and names.

    Raises:
        TerminalError: something could not be deleted; the same counts and names are kept as XCom `cleanup`.
    """
    context = get_current_context()
    options = _options(context)
    clients, runs = _clients(options), _runs(context, options)
    orphans = find_orphans(clients, runs)
    failed = delete_orphans(clients, orphans) if options.delete else {}
    rows = outcome(orphans, failed, options.delete)
    page = save(clients.s3, options, rows, datetime.now(UTC))
    log.info("%s:\n%s", "Deleted" if options.delete else "Found, and not deleted because delete is false", table(rows))
    remember_link(running_task(context), ReportLink, s3_link(clients.s3, page))
    told = summary(rows, page)
    context["ti"].xcom_push(key=KEY, value=told)
    if failed:
        reasons = "\n".join(f"{orphan.kind} {orphan.name}: {reason}" for orphan, reason in failed.items())
        raise TerminalError(f"{len(failed)} of {len(orphans)} could not be deleted; do it yourself:\n{reasons}")
    return told


def _options(context: Context) -> CleanupOptions:
    given = with_defaults(
        dict(context["params"]), context["dag_run"].conf or {}, DEFAULTS_VARIABLE, CleanupSettings, SHARED
    )
    options = read_as(CleanupSettings, given, missing).cleanup
    check_aws_connection("aws_conn_id", options.aws_conn_id)
    return options


def _clients(options: CleanupOptions) -> Clients:
    s3, sagemaker, bedrock = (
        aws_client(service, options.aws_conn_id, options.region) for service in ("s3", "sagemaker", "bedrock")
    )
    check_bucket(s3, str(options.bucket))
    hook = OpenSearchCleanupHook(
        options.opensearch_conn_id, options.opensearch_endpoint, options.aws_conn_id, options.region
    )
    return Clients(s3, sagemaker, bedrock, hook, str(options.bucket))


def _runs(context: Context, options: CleanupOptions) -> Runs:
    ti = context["ti"]

    def is_active(dag_id: str, dag_run_id: str) -> bool:
        return bool(ti.get_dr_count(dag_id=dag_id, run_ids=[dag_run_id], states=AT_WORK))

    s3 = aws_client("s3", options.aws_conn_id, options.region)
    return Runs(
        s3, str(options.bucket), options.prefix, began_before(options.older_than_hours), options.keep, is_active
    )
