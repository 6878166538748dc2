"""Tasks of the evaluation."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context

from include.evaluation.bm25 import delete_index, index_name_of
from include.evaluation.engine import index_name_of as evaluation_index_of
from include.phases.cost import cost_of
from include.phases.engine import index_vectors, save_engine_runs
from include.phases.evaluation import index_corpus, save_bm25_runs, save_evaluation
from include.phases.highlighting import save_highlighter_evaluation
from include.plan import Plan
from opensearch_ml.airflow_versions import AirflowSkipException
from opensearch_ml.clients import hook_of, s3_of
from opensearch_ml.final_errors import task
from opensearch_ml.lineage import note_lineage


@task
def create_bm25_index(plan: dict[str, Any]) -> dict[str, Any]:
    """Put the evaluation corpus into a temporary index; returns its name and analyzer.

    A highlighter finds no documents: its job compares it with BM25 sentence by sentence, and this is skipped.
    """
    run = Plan.model_validate(plan)
    if run.settings.is_highlighter:
        raise AirflowSkipException("A highlighter is compared with BM25 in its training job.")
    return index_corpus(s3_of(run), hook_of(run).conn, run)


@task
def search_with_bm25(plan: dict[str, Any], bm25_index: dict[str, Any]) -> dict[str, Any]:
    """Search the temporary index with every query set; returns its analyzer and the URIs of the runs."""
    run = Plan.model_validate(plan)
    return {**bm25_index, "runs": save_bm25_runs(s3_of(run), hook_of(run).conn, run)}


@task
def delete_bm25_index(plan: dict[str, Any]) -> None:
    """Remove the temporary index, whatever happened."""
    run = Plan.model_validate(plan)
    delete_index(hook_of(run).conn, index_name_of(run.layout.name))


@task
def create_evaluation_index(plan: dict[str, Any]) -> dict[str, Any]:
    """Put both models' vectors into a temporary index; returns which engine searches, and why."""
    run = Plan.model_validate(plan)
    if run.settings.is_highlighter:
        raise AirflowSkipException("A highlighter marks passages in its training job, and finds no documents.")
    return index_vectors(s3_of(run), hook_of(run).conn, run, _is_last_try())


@task
def search_with_models(plan: dict[str, Any], engine: dict[str, Any]) -> dict[str, Any]:
    """Search the temporary index with every query set and both models; returns whose runs count."""
    run = Plan.model_validate(plan)
    return save_engine_runs(s3_of(run), hook_of(run).conn, run, engine, _is_last_try())


def _is_last_try() -> bool:
    ti = get_current_context()["ti"]
    return bool(ti.try_number > ti.max_tries)


@task
def delete_evaluation_index(plan: dict[str, Any]) -> None:
    """Remove the temporary index, whatever happened."""
    run = Plan.model_validate(plan)
    delete_index(hook_of(run).conn, evaluation_index_of(run.layout.name))


@task(trigger_rule="none_failed")
def compare_models(plan: dict[str, Any], bm25: dict[str, Any] | None, engine: dict[str, Any] | None) -> dict[str, Any]:
    """Compare base model, tuned model, BM25 and hybrids; returns outcome, metrics, the gate's decision and the cost."""
    run = Plan.model_validate(plan)
    s3 = s3_of(run)
    cost = {"cost": cost_of(s3, run)}
    if bm25 is None or engine is None:
        found = save_highlighter_evaluation(s3, run)
    else:
        found = save_evaluation(s3, run, bm25, engine)
    note_lineage(run, "evaluation")
    return found | cost
