"""Alarms of endpoints, and the topic that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions

if TYPE_CHECKING:
    from infra.settings import StackSettings

OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
PUBLISHERS: dict[str, tuple[str, dict[str, Any]]] = {
    "AlarmsPublish": ("cloudwatch.amazonaws.com", OF_THIS_ACCOUNT),
    "BudgetsPublish": ("budgets.amazonaws.com", OF_THIS_ACCOUNT),
    # EventBridge brings nothing along that a condition could look at: with one, each message is dropped, unseen.
    "EventsPublish": ("events.amazonaws.com", {}),
}
"""Who may publish to the stack's own topic, and on what condition.

Source: EventBridge user guide, Troubleshooting: no conditions in the policy of a topic that a rule publishes to.
"""
MICROSECONDS = 1_000
QUERY = "SELECT {statistic}({metric}) FROM SCHEMA({schema}) GROUP BY {by} ORDER BY {statistic}() DESC"
ENDPOINTS = ('"AWS/SageMaker", EndpointName, VariantName', "EndpointName")
MODELS = ('"OpenSearchFinetuning", model_name', "model_name")
"""Namespace and dimensions, and which of them tells whose line it is."""


class Watched(NamedTuple):
    """What one alarm looks at, and where."""

    name: str
    statistic: str
    metric: str
    seconds: int
    above: float
    of: tuple[int, int]
    description: str
    where: tuple[str, str] = ENDPOINTS


def make_topic(stack: cdk.Stack, settings: StackSettings) -> str:
    """ARN of the topic: the one that was given, or one of the stack's own, which AWS's services may publish to."""
    if settings.alarm_topic_arn:
        return settings.alarm_topic_arn
    topic = sns.Topic(stack, "Alarms", display_name="Search model tuning", enforce_ssl=True)
    for sid, (service, conditions) in PUBLISHERS.items():
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                sid=sid,
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal(service)],
                resources=[topic.topic_arn],
                conditions=conditions or None,
            )
        )
    if settings.alarm_email:
        topic.add_subscription(subscriptions.EmailSubscription(settings.alarm_email))
    return topic.topic_arn


def make_alarms(stack: cdk.Stack, settings: StackSettings, topic_arn: str) -> list[str]:
    """ARNs of the alarms; each names the endpoint or model that raised it.

    Each deployment has an endpoint of its own name, which an alarm on a metric would have to know. So they are queries
    of Metrics Insights over all endpoints of the account, grouped by endpoint; it has no pattern for names.
    """
    return [_alarm(stack, watched, topic_arn) for watched in _watched(settings)]


def _watched(settings: StackSettings) -> list[Watched]:
    slow = settings.max_latency_ms
    return [
        Watched(
            "EndpointLatency",
            "MAX",
            "ModelLatency",
            60,
            slow * MICROSECONDS,
            (3, 5),
            f"An endpoint is slower than {slow:g} ms.",
        ),
        Watched(
            "EndpointErrors",
            "SUM",
            "Invocation5XXErrors",
            300,
            settings.max_errors,
            (1, 1),
            "An endpoint answers with 5xx.",
        ),
        Watched(
            "EndpointInvocations",
            "SUM",
            "Invocations",
            60,
            settings.max_invocations_per_minute,
            (3, 3),
            "An endpoint is asked more often than it was planned for.",
        ),
        Watched("RunFailed", "SUM", "failed_runs", 300, 0, (1, 1), "A run of finetune_search_model failed.", MODELS),
    ]


def query_of(watched: Watched) -> str:
    """The query of Metrics Insights, one line an endpoint or model; an alarm on several lines asks for their order."""
    schema, by = watched.where
    return QUERY.format(statistic=watched.statistic, metric=watched.metric, schema=schema, by=by)


def _alarm(stack: cdk.Stack, watched: Watched, topic_arn: str) -> str:
    query: Any = cloudwatch.CfnAlarm.MetricDataQueryProperty(
        id="q1", expression=query_of(watched), period=watched.seconds, return_data=True
    )
    breaching, periods = watched.of
    return cloudwatch.CfnAlarm(
        stack,
        watched.name,
        alarm_description=f"{watched.description} docs/aws.md says what to look at.",
        comparison_operator="GreaterThanThreshold",
        threshold=watched.above,
        evaluation_periods=periods,
        datapoints_to_alarm=breaching,
        metrics=[query],
        treat_missing_data="notBreaching",
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
    ).attr_arn
