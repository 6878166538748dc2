"""The dashboard: runs, training, endpoints, the cluster and cost on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.stack.widgets import Line, alarm_widget, graph, metric, search, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.settings import StackSettings

OWN = "OpenSearchFinetuning"
TRAINING = "/aws/sagemaker/TrainingJobs"
HOSTING = "/aws/sagemaker/Endpoints"
ENDPOINTS = "AWS/SageMaker"
DAY, HOUR, MINUTES, MINUTE = 86_400, 3_600, 300, 60
ENDPOINT = ("EndpointName", "VariantName")
HARDWARE = ("GPUUtilization", "GPUMemoryUtilization", "CPUUtilization", "MemoryUtilization")

INTRODUCTION = """# Search models
What runs measured is in the namespace `OpenSearchFinetuning`, by `model_name`; the rest is SageMaker's own, of all its
jobs and endpoints in this account and region. Lines appear once there is something to draw."""


def make_dashboard(stack: cdk.Stack, settings: StackSettings, alarms: Sequence[str]) -> None:
    """The dashboard, named as the stack is when it is deployed."""
    region = settings.region or cdk.Aws.REGION
    body = {"start": "-P14D", "periodOverride": "inherit", "widgets": widgets(settings, alarms, region)}
    cloudwatch.CfnDashboard(
        stack, "Dashboard", dashboard_name=cdk.Aws.STACK_NAME, dashboard_body=stack.to_json_string(body)
    )


def widgets(settings: StackSettings, alarms: Sequence[str], region: str) -> list[dict[str, Any]]:
    """All widgets, laid out in rows of 24 units, three graphs each."""
    graphs = [*_runs(), *_training(), *_endpoints(), *_cluster(settings)]
    placed = [
        graph(title, lines, region, unit, x=8 * (number % 3), y=5 + 6 * (number // 3))
        for number, (title, unit, lines) in enumerate(graphs)
    ]
    return [text(INTRODUCTION, width=12, height=5), alarm_widget("Alarms", alarms, x=12, width=12, height=5), *placed]


Graph = tuple[str, str, list[Line]]


def _runs() -> list[Graph]:
    by_model = (OWN, "model_name")
    return [
        (
            "Runs a day, and failed ones",
            "runs",
            [search(by_model, "failed_runs", "SampleCount", DAY), search(by_model, "failed_runs", "Sum", DAY)],
        ),
        (
            "Quality: nDCG@10 of base and tuned model",
            "nDCG@10",
            [
                search(by_model, "ndcg_at_10_base", "Average", HOUR),
                search(by_model, "ndcg_at_10_tuned", "Average", HOUR),
            ],
        ),
        ("Cost of runs a day", "USD", [search(by_model, "cost_usd", "Sum", DAY)]),
        ("Seconds of each phase", "seconds", [search((OWN, "model_name", "phase"), "phase_seconds", "Maximum", HOUR)]),
        (
            "Documents and pairs",
            "count",
            [
                search(by_model, "documents", "Maximum", HOUR),
                search(by_model, "pairs", "Maximum", HOUR),
            ],
        ),
        ("Dropped pairs", "pairs", [search((OWN, "model_name", "reason"), "dropped_pairs", "Maximum", HOUR)]),
    ]


def _training() -> list[Graph]:
    by_job, by_host = (TRAINING, "TrainingJobName"), (TRAINING, "Host")
    return [
        (
            "Training loss",
            "loss",
            [
                search(by_job, "train:loss", "Average", MINUTE),
                search((OWN, "model_name"), "train_loss", "Average", HOUR),
            ],
        ),
        ("Training: GPU", "percent", [search(by_host, name, "Average", MINUTE) for name in HARDWARE[:2]]),
        (
            "Training: processor and memory",
            "percent",
            [search(by_host, name, "Average", MINUTE) for name in HARDWARE[2:]],
        ),
    ]


def _endpoints() -> list[Graph]:
    asked, hosts = (ENDPOINTS, *ENDPOINT), (HOSTING, *ENDPOINT)
    return [
        (
            "Endpoint latency: the model",
            "microseconds",
            [
                search(asked, "ModelLatency", "p50", MINUTES),
                search(asked, "ModelLatency", "p99", MINUTES),
            ],
        ),
        (
            "Endpoint invocations and errors",
            "count",
            [
                search(asked, name, "Sum", MINUTES)
                for name in ("Invocations", "Invocation4XXErrors", "Invocation5XXErrors")
            ],
        ),
        ("Endpoint: GPU, processor, memory", "percent", [search(hosts, name, "Average", MINUTES) for name in HARDWARE]),
    ]


def _cluster(settings: StackSettings) -> list[Graph]:
    """ML Commons has no metrics in CloudWatch: a run measures its inference, and the domain measures whole searches."""
    by_model = (OWN, "model_name")
    graphs: list[Graph] = [
        (
            "ML Commons inference, as runs measured it",
            "milliseconds",
            [search(by_model, "endpoint_latency_ms", "Average", HOUR)],
        ),
        ("Highlights without the model (fall-backs)", "count", [search(by_model, "highlight_fallbacks", "Sum", HOUR)]),
    ]
    if settings.domain_name and settings.opensearch_domain_arn:
        account = settings.opensearch_domain_arn.split(":")[4]
        names = {"DomainName": settings.domain_name, "ClientId": account}
        graphs.append(
            (
                "Domain: search latency",
                "milliseconds",
                [metric("AWS/ES", "SearchLatency", names, statistic, MINUTES) for statistic in ("Average", "Maximum")],
            )
        )
    return graphs
