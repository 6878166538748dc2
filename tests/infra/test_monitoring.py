from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.infra.conftest import make
from tests.infra.template import ACCOUNT, TOPIC

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.template import Made

MEASURED = {
    "documents",
    "pairs",
    "dropped_pairs",
    "train_loss",
    "ndcg_at_10_base",
    "ndcg_at_10_tuned",
    "phase_seconds",
    "cost_usd",
    "endpoint_latency_ms",
    "highlight_fallbacks",
    "failed_runs",
}
COLUMNS = 24


def board(made: Made) -> list[dict[str, Any]]:
    [found] = made.of_type("AWS::CloudWatch::Dashboard").values()
    return list(json.loads(found["DashboardBody"])["widgets"])


def test_alarms_watch_latency_errors_and_invocations_of_every_endpoint_and_failed_runs(made: Made) -> None:
    alarms = made.of_type("AWS::CloudWatch::Alarm")

    assert set(alarms) == {"EndpointLatency", "EndpointErrors", "EndpointInvocations", "RunFailed"}
    for name, alarm in alarms.items():
        [query] = alarm["Metrics"]
        of_endpoints = 'FROM SCHEMA("AWS/SageMaker", EndpointName, VariantName) GROUP BY EndpointName ORDER BY'
        assert (of_endpoints in query["Expression"]) is (name != "RunFailed")
        assert alarm["AlarmActions"] == [TOPIC]
        assert alarm["TreatMissingData"] == "notBreaching"
    assert alarms["EndpointLatency"]["Threshold"] == 1_000_000, "microseconds"


@pytest.mark.parametrize(
    ("rule", "source", "states"),
    [
        ("TrainingFailed", "aws.sagemaker", {"TrainingJobStatus": ["Failed"]}),
        ("BatchJobFailed", "aws.bedrock", {"status": ["Failed", "Expired", "PartiallyCompleted"]}),
    ],
)
def test_rules_tell_the_topic_of_failed_jobs_of_the_models(
    largest: Made, rule: str, source: str, states: dict[str, Any]
) -> None:
    found = largest.of_type("AWS::Events::Rule")[rule]

    assert found["EventPattern"]["source"] == [source]
    assert states.items() <= found["EventPattern"]["detail"].items()
    assert [{"wildcard": "articles-*"}, {"wildcard": "search-*-*"}] in found["EventPattern"]["detail"].values()
    assert [target["Arn"] for target in found["Targets"]] == [TOPIC]
    assert "Reason" not in json.dumps(found), "a reason may quote a text"


def test_topic_takes_messages_of_three_services_and_by_tls(made: Made) -> None:
    [policy] = made.of_type("AWS::SNS::TopicPolicy").values()
    by_sid = {found["Sid"]: found for found in policy["PolicyDocument"]["Statement"]}

    assert by_sid.pop("AllowPublishThroughSSLOnly")["Effect"] == "Deny"
    conditions = {found["Principal"]["Service"]: found.get("Condition") for found in by_sid.values()}
    of_this_account = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    assert conditions == {
        "cloudwatch.amazonaws.com": of_this_account,
        "budgets.amazonaws.com": of_this_account,
        "events.amazonaws.com": None,
    }, "a condition would drop what EventBridge's rules send, without a word"


def test_budget_is_made_if_an_amount_is_given(smallest: Made, largest: Made) -> None:
    assert not smallest.of_type("AWS::Budgets::Budget")
    [found] = largest.of_type("AWS::Budgets::Budget").values()
    assert found["Budget"]["BudgetLimit"] == {"Amount": 500, "Unit": "USD"}
    assert len(found["NotificationsWithSubscribers"]) == 3


def test_log_groups_have_a_retention(made: Made) -> None:
    groups = made.of_type("AWS::Logs::LogGroup").values()
    assert {found["RetentionInDays"] for found in groups} == {90}
    assert {"/opensearch-ml-finetuning/metrics", "/aws/sagemaker/TrainingJobs"} <= {
        found.get("LogGroupName") for found in groups
    }


def test_second_stack_of_a_region_takes_no_name_of_the_first(tmp_path: Path) -> None:
    context = {"metrics_log_group": "/products/metrics", "training_log_group": False}
    second = make(context, tmp_path).template["Resources"].values()

    named = {
        name: value
        for found in second
        for name, value in found.get("Properties", {}).items()
        if name.endswith("Name") and found["Type"] != "AWS::CloudWatch::Alarm"
    }
    assert named.pop("DashboardName") == {"Ref": "AWS::StackName"}
    assert named.pop("LogGroupName") == "/products/metrics"
    assert named.keys() <= {"DisplayName"}


def test_dashboard_draws_every_metric_of_the_runs(made: Made) -> None:
    text = json.dumps(board(made))
    assert {name for name in MEASURED if f'MetricName=\\\\\\"{name}\\\\\\"' not in json.dumps(text)} == set()


def test_dashboard_has_no_overlapping_widgets_and_none_beside_the_grid(made: Made) -> None:
    taken: set[tuple[int, int]] = set()
    for widget in board(made):
        assert widget["x"] + widget["width"] <= COLUMNS
        cells = {
            (x, y)
            for x in range(widget["x"], widget["x"] + widget["width"])
            for y in range(widget["y"], widget["y"] + widget["height"])
        }
        assert not taken & cells
        taken |= cells


def test_dashboard_expressions_are_well_formed(made: Made) -> None:
    graphs = [widget for widget in board(made) if widget["type"] == "metric"]
    assert len(graphs) >= 14
    for widget in graphs:
        for [*names, options] in widget["properties"]["metrics"]:
            if names:
                assert options["stat"]
                continue
            assert options["expression"].count("'") == 4
            assert options["expression"].startswith("SEARCH('{")
            assert options["expression"].endswith(")")


def test_dashboard_shows_the_domain_where_there_is_one(smallest: Made, largest: Made) -> None:
    def shows(made: Made) -> bool:
        return "AWS/ES" in json.dumps(board(made))

    assert not shows(smallest)
    assert shows(largest)
