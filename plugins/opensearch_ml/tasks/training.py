"""Tasks of phase 3."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context

from include import layout as at
from include.jobs.checkpoints import remove_checkpoints
from include.phases.training import publish_artifact, upload_source
from include.plan import Plan
from include.reuse.training import enter_training
from opensearch_ml.clients import s3_of
from opensearch_ml.final_errors import task
from opensearch_ml.lineage import note_lineage
from opensearch_ml.tasks.reuse import TRAINED


@task
def upload_code(plan: dict[str, Any]) -> str:
    """Upload the code of the containers; returns its URI."""
    run = Plan.model_validate(plan)
    return upload_source(s3_of(run), run)


@task(trigger_rule="none_failed")
def check_artifact(plan: dict[str, Any], trained: dict[str, Any] | None) -> dict[str, Any]:
    """Check the model archive and publish it; returns its URI and hash.

    Args:
        plan: of the run.
        trained: as the training operator returns it; None if `choose_training` took an earlier run's.
    """
    run = Plan.model_validate(plan)
    s3 = s3_of(run)
    found = trained or get_current_context()["ti"].xcom_pull(task_ids="training.choose_training", key=TRAINED)
    artifact = publish_artifact(s3, run, found)
    enter_training(s3, run, found)
    note_lineage(run, "model-artifacts")
    if run.settings.training.use_spot:
        remove_checkpoints(s3, run.layout.uri(at.CHECKPOINTS))
    return artifact
