"""What a run measured goes to the task's log, to CloudWatch where that is asked for, and to Airflow's own metrics."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from include.metrics.emf import MODEL, emf_lines
from include.metrics.logs import put_lines
from opensearch_ml.clients import aws_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from include.metrics.measure import Measure
    from include.plan import Plan

log = logging.getLogger(__name__)

PREFIX = "opensearch_finetuning"


def publish(plan: Plan, measures: Sequence[Measure]) -> None:
    """Tell what a run measured; a place that refuses is a warning, as a run is not worth less for it."""
    now = datetime.now(UTC)
    lines = emf_lines(measures, plan.layout.model_name, plan.run, now)
    for line in lines:
        log.info("%s", line)
    _to_airflow(plan, measures)
    if plan.settings.run.metrics_log_group:
        _to_cloudwatch(plan, plan.settings.run.metrics_log_group, lines, now)


def _to_cloudwatch(plan: Plan, group: str, lines: Sequence[str], now: datetime) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    try:  # making the client may ask for a role already
        logs = aws_client("logs", plan.settings.run.aws_conn_id, plan.region)
        put_lines(logs, group, plan.layout.name, lines, now)
    except (BotoCoreError, ClientError) as error:
        log.warning("metrics_log_group %s was not written to: %s", group, error)


def _to_airflow(plan: Plan, measures: Sequence[Measure]) -> None:
    """Gauges `opensearch_finetuning.{metric}`, with model and phase or reason as tags."""
    stats = _stats()
    for measure in measures:
        # StatsD's lines end a tag at a blank.
        tags = {MODEL: plan.layout.model_name, **{name: of.replace(" ", "_") for name, of in measure.of}}
        stats.gauge(f"{PREFIX}.{measure.name}", measure.value, tags=tags)


def _stats() -> Any:
    """Where Airflow keeps its metrics: another place before 3.2."""
    try:
        from airflow.sdk.observability.stats import Stats
    except ImportError:
        from airflow.stats import Stats
    return Stats
