"""The endpoint that scales by itself."""

from __future__ import annotations

import logging
from typing import Any

from include.jobs.scaling import scale
from include.plan import Plan
from include.requests.scaling import scaling_requests
from opensearch_ml.clients import aws_client
from opensearch_ml.final_errors import task

log = logging.getLogger(__name__)


@task
def scale_endpoint(plan: dict[str, Any]) -> dict[str, int]:
    """Let the endpoint grow and shrink by itself; returns its least and most instances, `{}` if that is not asked for.

    Args:
        plan: under whose name the model is deployed.
    """
    run = Plan.model_validate(plan)
    requests = scaling_requests(run.settings, run.layout)
    if not requests:
        log.info("endpoint_max_instances is empty: the endpoint keeps the instances that it has.")
        return {}
    scale(aws_client("application-autoscaling", run.settings.run.aws_conn_id, run.region), requests)
    target = requests["target"]
    log.info("%s has %d to %d instances.", target["ResourceId"], target["MinCapacity"], target["MaxCapacity"])
    return {"least": target["MinCapacity"], "most": target["MaxCapacity"]}
