"""What was promoted is written down; a rollback goes one entry back."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import get_current_context

from include import layout as at
from include.parameters import read_as
from include.phases.rollback import roll_back as go_back
from include.plan import Plan
from include.promotion.record import live, promotion_entry, promotions_uri
from include.promotion.settings import RollbackSettings, missing
from include.promotion.store import append_entry, read_promotions
from include.reuse.deployment import serving_key
from include.settings.place import PlaceSettings
from opensearch_ml.clients import aws_client, check_aws_connection, s3_of
from opensearch_ml.final_errors import task
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.tasks.plan import DEFAULTS_VARIABLE, with_defaults

log = logging.getLogger(__name__)

SHARED = (*PlaceSettings.model_fields, "model_name")
"""Parameters that a rollback has in common with the runs, whose Variable of defaults it reads."""


@task
def record_promotion(
    plan: dict[str, Any], artifact: dict[str, Any], evaluation: dict[str, Any], registration: dict[str, Any]
) -> str:
    """Add the deployed model to `promotions.json` of its name, unless it is the current one there; returns the URI.

    Args:
        plan: of the run under whose name the model is deployed.
        artifact: with the sha256 of the model archive.
        evaluation: with the gate's decision.
        registration: ids in the cluster.
    """
    run = Plan.model_validate(plan)
    s3, layout = s3_of(run), run.layout
    uri = promotions_uri(layout.bucket, layout.prefix, layout.model_name)
    current = live(read_promotions(s3, uri))[-1:]
    if [(entry["run"], entry["model_id"]) for entry in current] == [(run.run, registration["model_id"])]:
        log.info("The model of run %s is the current one already.", run.run)
        return uri
    published = {**artifact, "uri": layout.uri(at.MODEL)}
    now = datetime.now(UTC)
    append_entry(s3, uri, promotion_entry(run, published, evaluation, registration, serving_key(run), now))
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
