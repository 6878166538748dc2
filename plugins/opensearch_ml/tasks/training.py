"""Tasks of phase 3."""

from __future__ import annotations

from typing import Any

from airflow.sdk import task

from include.phases.training import publish_artifact, upload_source
from include.plan import Plan
from opensearch_ml.clients import s3_of


@task
def upload_code(plan: dict[str, Any]) -> str:
    """Upload the code of the containers; returns its URI."""
    run = Plan.model_validate(plan)
    return upload_source(s3_of(run), run)


@task
def check_artifact(plan: dict[str, Any], trained: dict[str, Any]) -> dict[str, Any]:
    """Check the model archive of the training job and publish it; returns its URI and hash.

    Args:
        plan: of the run.
        trained: what the job left, as `TrainingOperator` returns it.
    """
    run = Plan.model_validate(plan)
    return publish_artifact(s3_of(run), run, trained)
