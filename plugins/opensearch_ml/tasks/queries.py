"""Tasks of phase 2."""

from __future__ import annotations

from typing import Any

from include.phases.queries import save_candidates, save_pairs, write_jobs
from include.plan import Plan
from opensearch_ml.airflow_versions import AirflowSkipException
from opensearch_ml.clients import hook_of, s3_of
from opensearch_ml.final_errors import task
from opensearch_ml.lineage import note_lineage


@task
def build_records(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the records; returns for each batch job the arguments that start it; none for own pairs."""
    run = Plan.model_validate(plan)
    return write_jobs(s3_of(run), run)


@task(trigger_rule="none_failed")
def pair_queries(plan: dict[str, Any]) -> dict[str, Any]:
    """Make the answers, or own pairs, into pairs to train on and queries to test with; returns the counts.

    With own pairs there are no batch jobs, and the tasks before are skipped.
    """
    run = Plan.model_validate(plan)
    counts = save_pairs(s3_of(run), run)
    note_lineage(run, "training-data")
    return counts


@task
def find_candidates(plan: dict[str, Any]) -> int:
    """Search the temporary index with the pairs' queries, if training wants to know; returns how many pairs."""
    run = Plan.model_validate(plan)
    if not run.settings.needs_candidates:
        raise AirflowSkipException("hard_negatives by BM25 and consistency_depth are not asked for.")
    return save_candidates(s3_of(run), hook_of(run).conn, run)
