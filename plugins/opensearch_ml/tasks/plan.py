"""The first task: everything that can be checked before anything is spent."""

from __future__ import annotations

import importlib.util
import json
import logging
from typing import TYPE_CHECKING, Any

from airflow.sdk import Variable, get_current_context

from include import layout as at
from include.cost.estimate import estimate, work_at_most
from include.cost.limit import check_prices
from include.cost.prices import VARIABLE as PRICES_VARIABLE
from include.cost.prices import price_table, prices_of
from include.cost.table import log_table
from include.errors import TerminalError, unknown_value
from include.instances import instances_told, with_instances
from include.parameters import parameter_schemas, read_settings
from include.plan import make_plan
from include.preflight.base_model import check_base_model
from include.preflight.cluster import check_cluster
from include.preflight.index import check_index
from include.preflight.inputs import check_inputs
from include.preflight.trust import check_trusted_endpoint
from include.registry.connector import invocation_url
from include.registry.description import description_of
from include.settings import FinetuneSettings
from include.storage import write_json
from opensearch_ml.clients import aws_client, check_aws_connection, s3_of
from opensearch_ml.final_errors import task
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.operators.approval import check_approval

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from airflow.sdk import Context
    from pydantic import BaseModel

    from include.cost.prices import RunPrices
    from include.plan import Plan

logger = logging.getLogger(__name__)

DEFAULTS_VARIABLE = "finetune_search_model_defaults"
LINEAGE = "openlineage"
"""No parameter: Airflow's `TriggerDagRunOperator` adds it to the conf of the run where OpenLineage's provider is."""


@task(multiple_outputs=True)
def plan_run() -> dict[str, Any]:
    """Check parameters, cluster, index, bucket and base model; return the plan and the requests that follow from it.

    What the run will cost at most, by its settings, is logged; `build_records` knows better.

    Raises:
        TerminalError: what is wrong and what to type.
    """
    context = get_current_context()
    settings = read_settings(with_defaults(dict(context["params"]), context["dag_run"].conf or {}))
    _check_deferrable(settings)
    check_approval(asked_for=settings.evaluation.approval)
    check_aws_connection("aws_conn_id", settings.run.aws_conn_id)
    check_aws_connection("connector_aws_conn_id", settings.registration.connector_aws_conn_id)
    hook = OpenSearchMLHook(
        settings.corpus.opensearch_conn_id,
        settings.corpus.opensearch_endpoint,
        settings.run.aws_conn_id,
        settings.run.region,
    )
    runtime = _runtime(settings)
    plan = _plan(context, settings, runtime.meta.region_name, hook.url)
    url = invocation_url(runtime.meta.endpoint_url, plan.layout.name)
    s3 = s3_of(plan)
    check_inputs(s3, settings)
    dimension = check_base_model(s3, settings.model, settings.training.matryoshka_dimensions)
    _check_opensearch(hook, settings, url)
    settings = with_instances(settings, dimension)
    plan = plan.model_copy(update={"settings": settings, "dimension": dimension, "prices": _prices(settings)})
    logger.info("Instances: %s", instances_told(settings))
    check_prices(plan)
    logger.info("%s", log_table(estimate(plan, work_at_most(plan)), plan.prices, plan.region))
    write_json(s3, plan.layout.uri(at.RUN), whose_run(plan, context["dag_run"]))
    return {
        "plan": plan.model_dump(mode="json"),
        **values_for_operators(plan),
        "training_request": plan.requests()["training_request"],
    }


def whose_run(plan: Plan, dag_run: Any) -> dict[str, str]:
    """By what the run's folder tells which DAG run it is of: the cleanup asks Airflow whether that one still runs."""
    return {
        "dag_id": dag_run.dag_id,
        "dag_run_id": dag_run.run_id,
        "started": dag_run.run_after.isoformat(),
        "name": plan.layout.name,
    }


def values_for_operators(plan: Plan) -> dict[str, Any]:
    """What operators take from the plan one by one; `""` where nothing was given."""
    settings, layout = plan.settings, plan.layout
    return {
        "name": layout.name,
        "region": plan.region,
        "aws_conn_id": settings.run.aws_conn_id,
        "opensearch_conn_id": settings.corpus.opensearch_conn_id,
        "opensearch_url": plan.opensearch_url,
        "index_name": settings.corpus.index_name or "",
        "text_field": settings.corpus.text_field,
        "documents_uri": layout.uri(at.DOCUMENTS),
        "seen_uri": layout.uri(at.SEEN),
        "max_documents": settings.corpus.max_documents,
        "seed": settings.training.seed,
        "export_slices": settings.corpus.export_slices,
        "bedrock_model_id": settings.queries.bedrock_model_id,
        "bedrock_role_arn": settings.queries.bedrock_role_arn or "",
        "training_instance_fallbacks": list(settings.training.training_instance_fallbacks),
        "model_name": settings.model.model_name,
        "model_description": description_of(
            f"{settings.model.model_type} model tuned from {settings.model.base_model_id}"
        ),
        "connector_role_arn": settings.registration.connector_role_arn or "",
        "connector_aws_conn_id": settings.registration.connector_aws_conn_id or "",
    }


def with_defaults(
    params: dict[str, Any],
    conf: Mapping[str, Any],
    variable: str = DEFAULTS_VARIABLE,
    kind: type[BaseModel] = FinetuneSettings,
    shared: Collection[str] | None = None,
) -> dict[str, Any]:
    """What the run was given, before an Airflow Variable with a team's own defaults (JSON), before the form's defaults.

    So a team writes bucket, roles and endpoint down once, and what a scheduled run is to do.

    Args:
        params: what was given over the form's defaults.
        conf: what was given: by the trigger form all that it shows, else only what was typed. Null is left empty.
        variable: name of the Variable.
        kind: settings whose parameters it may name.
        shared: of the parameters of `FinetuneSettings`, which it may name then, those that are taken; None: all.

    Raises:
        TerminalError: the Variable is no JSON object, or names a parameter that there is not.
    """
    params = {name: value for name, value in params.items() if name != LINEAGE}
    known = parameter_schemas(kind if shared is None else FinetuneSettings)
    defaults = _parse_defaults(Variable.get(variable, default="{}"), variable, known)
    if shared is not None:
        defaults = {name: value for name, value in defaults.items() if name in shared}
    given = {name: params[name] for name in conf if params.get(name) is not None}
    for name, value in defaults.items():
        if given.get(name, value) != value:
            logger.info("%s is %r as this run was given, not %r of %s.", name, given[name], value, variable)
    return {**params, **defaults, **given}


def _prices(settings: FinetuneSettings) -> RunPrices:
    """Of the package's table, with a team's own prices over it."""
    over = _parse_object(Variable.get(PRICES_VARIABLE, default="{}"), PRICES_VARIABLE, "prices")
    return prices_of(settings, price_table(over))


def _parse_defaults(text: str, variable: str, known: Mapping[str, Any]) -> dict[str, Any]:
    defaults, what = _parse_object(text, variable, "parameters"), f"The Airflow Variable {variable!r}"
    unknown = [unknown_value("A parameter", name, known) for name in defaults if name not in known]
    if unknown:
        raise TerminalError("\n".join(f"{what}: {sentence}" for sentence in unknown))
    return defaults


def _parse_object(text: str, variable: str, of_what: str) -> dict[str, Any]:
    what = f"The Airflow Variable {variable!r}"
    try:
        found = json.loads(text)
    except ValueError as error:
        raise TerminalError(f"{what} is not JSON ({error}). Write an object of {of_what} into it.") from error
    if not isinstance(found, dict):
        raise TerminalError(f"{what} is {type(found).__name__}. Write an object of {of_what} into it.")
    return found


def _runtime(settings: FinetuneSettings) -> Any:
    from botocore.exceptions import NoRegionError

    try:
        return aws_client("sagemaker-runtime", settings.run.aws_conn_id, settings.run.region)
    except NoRegionError as error:
        raise TerminalError(
            f"region is empty, and neither aws_conn_id {settings.run.aws_conn_id!r} nor the worker's environment has "
            "one. Give region, for example 'eu-central-1'."
        ) from error


def _plan(context: Context, settings: FinetuneSettings, region: str, opensearch_url: str) -> Plan:
    dag_run = context["dag_run"]
    return make_plan(settings, dag_run.run_id, dag_run.run_after, region, opensearch_url)


def _check_opensearch(hook: OpenSearchMLHook, settings: FinetuneSettings, url: str) -> None:
    check_cluster(hook.conn, hook.url)
    check_trusted_endpoint(hook.conn, url)
    registration = settings.registration
    hook.connector_credential(
        registration.connector_role_arn, registration.connector_aws_conn_id or settings.run.aws_conn_id
    )
    if settings.corpus.index_name:
        check_index(hook.conn, settings.corpus.index_name, settings.corpus.text_field)


def _check_deferrable(settings: FinetuneSettings) -> None:
    if settings.run.deferrable and importlib.util.find_spec("aiobotocore") is None:
        raise TerminalError(
            "deferrable is true, and aiobotocore is not installed. Install apache-airflow-providers-amazon with the "
            "extra [aiobotocore] on workers and triggerer, or set deferrable to false."
        )
