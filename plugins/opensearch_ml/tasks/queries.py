"""Tasks of phase 2."""

from __future__ import annotations

from typing import Any

from airflow.sdk import task

from include.phases.queries import save_pairs, write_jobs
from include.plan import Plan
from opensearch_ml.clients import s3_of


@task
def build_records(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the records; returns for each batch job the arguments that start it."""
    run = Plan.model_validate(plan)
    return write_jobs(s3_of(run), run)


@task
def pair_queries(plan: dict[str, Any]) -> dict[str, Any]:
    """Parse the answers into pairs to train on and queries to test with; returns the counts."""
    run = Plan.model_validate(plan)
    return save_pairs(s3_of(run), run)
