"""Tasks of phase 5 that are not operators."""

from __future__ import annotations

from functools import partial
from typing import Any

from airflow.sdk import task

from include.phases.registration import smoke_test, smoke_test_highlights
from include.plan import Plan
from opensearch_ml.clients import hook_of, s3_of


@task
def check_deployed_model(plan: dict[str, Any], connector_id: str, model_group_id: str, model_id: str) -> dict[str, Any]:
    """Compare the deployed model's answers with the training container's; returns ids and state."""
    run = Plan.model_validate(plan)
    hook = hook_of(run)
    checked: dict[str, Any] = (
        {"smoke_spans": smoke_test_highlights(s3_of(run), run, partial(hook.highlight, model_id))}
        if run.settings.is_highlighter
        else {"smoke_cosine": smoke_test(s3_of(run), run, partial(hook.embed, model_id))}
    )
    return {
        "connector_id": connector_id,
        "model_group_id": model_group_id,
        "model_id": model_id,
        "model_state": hook.model_state(model_id),
        **checked,
    }
