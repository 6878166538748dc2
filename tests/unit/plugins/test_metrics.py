"""Where the figures of a run go, and that none of these places can break it."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from moto import mock_aws

from include.metrics.measure import Measure
from opensearch_ml import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GROUP = "/search-models/metrics"
MEASURES = [Measure("pairs", 9), Measure("phase_seconds", 1.5, (("phase", "training"),))]
DROPPED = Measure("dropped_pairs", 3, (("reason", "near duplicate"),))


@pytest.fixture
def logs() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("logs", region_name="us-east-1")


class Stats:
    def __init__(self) -> None:
        self.gauges: list[Any] = []

    def gauge(self, name: str, value: float, tags: dict[str, str]) -> None:
        self.gauges.append((name, value, tags))


@pytest.fixture
def stats(monkeypatch: pytest.MonkeyPatch) -> Stats:
    kept = Stats()
    monkeypatch.setattr(metrics, "_stats", lambda: kept)
    return kept


def test_publish_writes_the_documents_to_the_task_log(
    make_plan: Callable[..., Any], stats: Stats, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "opensearch_ml.metrics"):
        metrics.publish(make_plan(), MEASURES)

    assert [json.loads(record.message)["model_name"] for record in caplog.records] == ["search-model"] * 2


def test_publish_writes_the_documents_to_the_group_once_a_try(
    make_plan: Callable[..., Any], stats: Stats, logs: Any
) -> None:
    logs.create_log_group(logGroupName=GROUP)
    plan = make_plan(metrics_log_group=GROUP)

    for _ in range(2):
        metrics.publish(plan, MEASURES)

    events = logs.get_log_events(logGroupName=GROUP, logStreamName=plan.layout.name)["events"]
    assert [json.loads(event["message"]).get("pairs") for event in events] == [9, None, 9, None]


def test_publish_group_that_is_not_there_is_a_warning(
    make_plan: Callable[..., Any], stats: Stats, logs: Any, caplog: pytest.LogCaptureFixture
) -> None:
    metrics.publish(make_plan(metrics_log_group=GROUP), MEASURES)

    assert f"metrics_log_group {GROUP} was not written to" in caplog.text


def test_publish_connection_without_credentials_is_a_warning(
    make_plan: Callable[..., Any], stats: Stats, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = {"conn_type": "aws", "extra": {"profile_name": "nobody"}}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_NOBODY", json.dumps(nobody))

    metrics.publish(make_plan(metrics_log_group=GROUP, aws_conn_id="aws_nobody"), MEASURES)

    assert f"metrics_log_group {GROUP} was not written to: The config profile (nobody)" in caplog.text


def test_publish_tells_airflow_with_model_and_phase_as_tags(make_plan: Callable[..., Any], stats: Stats) -> None:
    metrics.publish(make_plan(), [*MEASURES, DROPPED])

    assert stats.gauges == [
        ("opensearch_finetuning.pairs", 9, {"model_name": "search-model"}),
        ("opensearch_finetuning.phase_seconds", 1.5, {"model_name": "search-model", "phase": "training"}),
        ("opensearch_finetuning.dropped_pairs", 3, {"model_name": "search-model", "reason": "near_duplicate"}),
    ]


def test_publish_through_airflows_own_metrics_that_nobody_configured_is_no_error(make_plan: Callable[..., Any]) -> None:
    metrics.publish(make_plan(), MEASURES)
