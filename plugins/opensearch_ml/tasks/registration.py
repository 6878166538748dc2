"""Tasks of phase 5 that are not operators."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from include.phases.registration import query_model_needed, smoke_test, smoke_test_highlights
from include.plan import Plan
from include.registry.description import description_of
from include.registry.latency import ASKED, latency_ms
from include.registry.pipelines import document_with, embedded_field, ingest_pipeline, search_pipeline, value_at
from opensearch_ml.clients import hook_of, s3_of
from opensearch_ml.final_errors import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opensearch_ml.hooks.ml_commons import OpenSearchMLHook

log = logging.getLogger(__name__)


@task
def register_query_model(plan: dict[str, Any], body: dict[str, Any], model_group_id: str, model_id: str) -> str:
    """Id of the model that embeds queries: a second one on the same endpoint, if queries are treated otherwise.

    Args:
        plan: of the run.
        body: of the connector for queries.
        model_group_id: of the run's model.
        model_id: of the run's model, which embeds queries too unless they are treated otherwise.
    """
    run = Plan.model_validate(plan)
    if not query_model_needed(s3_of(run), run):
        log.info("Queries are treated like documents: model %s is for both.", model_id)
        return model_id
    ti, hook, registration = get_current_context()["ti"], hook_of(run), run.settings.registration
    credential = hook.connector_credential(
        registration.connector_role_arn, registration.connector_aws_conn_id or run.settings.run.aws_conn_id
    )
    connector_id = hook.ensure_connector({**body, "credential": credential})
    # As soon as they are there, so that a failure finds what to remove.
    ti.xcom_push(key="connector_id", value=connector_id)
    told = description_of(f"queries of {run.layout.name}")
    query_model_id = hook.ensure_model(body["name"], model_group_id, connector_id, told)
    ti.xcom_push(key="model_id", value=query_model_id)
    hook.deploy_model(query_model_id)
    hook.wait_until_deployed(query_model_id)
    return query_model_id


@task
def create_pipelines(plan: dict[str, Any], model_id: str, query_model_id: str) -> str | None:
    """Name of the ingest pipeline that embeds documents and of the search pipeline that embeds queries.

    A highlighter has none.
    """
    run = Plan.model_validate(plan)
    if run.settings.is_highlighter:
        return None
    name = run.layout.name
    # Before they are there, so that a failure between the two finds what to remove.
    get_current_context()["ti"].xcom_push(key="name", value=name)
    body = ingest_pipeline(model_id, run.settings.corpus.text_field, run.settings.model.model_type)
    hook_of(run).put_pipelines(name, body, search_pipeline(query_model_id))
    return name


@task
def check_deployed_model(
    plan: dict[str, Any],
    connector_id: str,
    model_group_id: str,
    model_id: str,
    query_model_id: str,
    pipelines: str | None,
) -> dict[str, Any]:
    """Compare what users will get with the training container's answers, on both sides; returns ids and state."""
    run = Plan.model_validate(plan)
    hook = hook_of(run)
    ids = {
        "endpoint_name": run.layout.name,
        "connector_id": connector_id,
        "model_group_id": model_group_id,
        "model_id": model_id,
        "model_state": hook.model_state(model_id),
    }
    if run.settings.is_highlighter:
        highlight = partial(hook.highlight, model_id)
        spans = smoke_test_highlights(s3_of(run), run, highlight)
        return {**ids, "smoke_spans": spans, "latency_ms": latency_ms(partial(highlight, [ASKED]))}
    embed_queries = partial(hook.sparse_embed if run.settings.is_sparse else hook.embed, query_model_id)
    return {
        **ids,
        "query_model_id": query_model_id,
        "ingest_pipeline": pipelines,
        "search_pipeline": pipelines,
        "smoke_cosine": smoke_test(s3_of(run), run, partial(_ingested, hook, run), embed_queries),
        "latency_ms": latency_ms(partial(embed_queries, [ASKED["question"]])),
    }


def _ingested(hook: OpenSearchMLHook, run: Plan, texts: Sequence[str]) -> list[Any]:
    """What the ingest pipeline puts into the embedded field of documents with these texts."""
    text_field = run.settings.corpus.text_field
    field = embedded_field(text_field, run.settings.model.model_type)
    documents = hook.simulate_ingest(run.layout.name, [document_with(text_field, text) for text in texts])
    return [value_at(document, field) for document in documents]
