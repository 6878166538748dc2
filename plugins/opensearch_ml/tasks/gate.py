"""The gate: whether the tuned model is deployed, and a person who is asked."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from include.evaluation.table import approval_body
from include.plan import Plan
from opensearch_ml.airflow_versions import running_task
from opensearch_ml.final_errors import task

if TYPE_CHECKING:
    from airflow.sdk import Context

log = logging.getLogger(__name__)

COMPARE, APPROVE = "evaluation.compare_models", "evaluation.approve_promotion"
DEPLOY, REPORT = "endpoint.choose_deployment", "write_report"


@task.branch
def decide_promotion(plan: dict[str, Any], evaluation: dict[str, Any]) -> str:
    """Deploy, ask a person first, or go on to the report with nothing deployed."""
    decision = evaluation["decision"]
    log.info("%s", decision["reason"])
    if not decision["promote"]:
        return REPORT
    return APPROVE if Plan.model_validate(plan).settings.evaluation.approval else DEPLOY


def ask_as_planned(context: Context) -> None:
    """Set on the approval what is asked and how long is waited for an answer; used as `pre_execute`."""
    ti, operator = context["ti"], running_task(context)
    plan = Plan.model_validate(ti.xcom_pull(task_ids="plan_run", key="plan"))
    operator.subject = f"Deploy {plan.layout.name}?"
    operator.body = approval_body(ti.xcom_pull(task_ids=COMPARE), plan.layout.name)
    operator.response_timeout = timedelta(hours=plan.settings.evaluation.approval_timeout_hours)


def approval_of(context: Context) -> dict[str, Any] | None:
    """What a person answered: `approved`, and `by` whom; None if nobody was asked, `by` None if nobody answered."""
    answer = context["ti"].xcom_pull(task_ids=APPROVE)
    if not answer:
        return None
    user = answer.get("responded_by_user") or {}
    return {"approved": answer["chosen_options"] == ["Approve"], "by": user.get("name") or user.get("id")}
