"""What an earlier run did already is neither done nor paid again."""

from __future__ import annotations

from typing import Any

from airflow.sdk import get_current_context

from include.plan import Plan
from include.reuse.deployment import as_deployed, deployment_bodies
from include.reuse.training import take_training
from opensearch_ml.clients import aws_client, s3_of
from opensearch_ml.final_errors import task

TRAIN, CHECK = "training.train", "training.check_artifact"
TRAINED = "trained"


@task.branch(trigger_rule="none_failed")
def choose_training(plan: dict[str, Any]) -> str:
    """Train, or take the model that an earlier run trained from the same pairs in the same way.

    The latter leaves as XCom `trained` what the training operator returns, and `reused_from`.
    """
    run = Plan.model_validate(plan)
    trained = take_training(s3_of(run), run)
    if trained is None:
        return TRAIN
    get_current_context()["ti"].xcom_push(key=TRAINED, value=trained)
    return CHECK


@task(multiple_outputs=True, trigger_rule="none_failed_min_one_success")
def choose_deployment(plan: dict[str, Any], artifact: dict[str, Any]) -> dict[str, Any]:
    """Under which name the model is deployed, and with which requests.

    If it is deployed already, in the same way and by an earlier run, that is the earlier run's name, so that every task
    that follows finds what is there.

    Args:
        plan: of the run.
        artifact: with the sha256 of the model archive.
    """
    run = Plan.model_validate(plan)
    clients = (run.settings.run.aws_conn_id, run.region)
    deployed = as_deployed(s3_of(run), aws_client("sagemaker", *clients), run, artifact["sha256"])
    runtime_url = aws_client("sagemaker-runtime", *clients).meta.endpoint_url
    return {
        "plan": deployed.model_dump(mode="json"),
        "name": deployed.layout.name,
        "reused_from": deployed.run if deployed.run != run.run else "",
        **deployment_bodies(deployed, runtime_url),
    }
