"""What was promoted is written down; a rollback goes one entry back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import get_current_context, task

from include.parameters import read_as
from include.phases.rollback import roll_back as go_back
from include.plan import Plan
from include.promotion.record import promotion_entry, promotions_uri
from include.promotion.settings import RollbackSettings, missing
from include.promotion.store import append_entry
from opensearch_ml.clients import aws_client, check_aws_connection, s3_of
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.tasks.plan import DEFAULTS_VARIABLE, with_defaults

SHARED = ("bucket", "prefix", "opensearch_endpoint", "opensearch_conn_id", "aws_conn_id", "region", "model_name")
"""Parameters that a rollback has in common with the runs, whose Variable of defaults it reads."""


@task
def record_promotion(
    plan: dict[str, Any], artifact: dict[str, Any], evaluation: dict[str, Any], registration: dict[str, Any]
) -> str:
    """Add the deployed model to `promotions.json` of its name; returns the URI."""
    run = Plan.model_validate(plan)
    uri = promotions_uri(run.layout.bucket, run.layout.prefix, run.layout.model_name)
    append_entry(s3_of(run), uri, promotion_entry(run, artifact, evaluation, registration, datetime.now(UTC)))
    return uri


@task
def roll_back() -> dict[str, Any]:
    """Make the model before the current one current again; returns its ids, which searches are to use now.

    Raises:
        TerminalError: there is none, or it does not work.
    """
    context = get_current_context()
    given = with_defaults(
        dict(context["params"]), context["dag_run"].conf or {}, DEFAULTS_VARIABLE, RollbackSettings, SHARED
    )
    options = read_as(RollbackSettings, given, missing).rollback
    check_aws_connection("aws_conn_id", options.aws_conn_id)
    hook = OpenSearchMLHook(
        options.opensearch_conn_id, options.opensearch_endpoint, options.aws_conn_id, options.region
    )
    s3, sagemaker = (aws_client(service, options.aws_conn_id, options.region) for service in ("s3", "sagemaker"))
    return go_back(s3, sagemaker, hook, options, context["dag_run"].run_id)
