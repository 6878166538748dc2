"""What the report says, gathered from what the phases left on S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include import layout as at
from include.evaluation.compare import BASE, TUNED
from include.manifest import read_manifest
from include.phases.corpus import load_passages, load_query_set
from include.phases.training import read_output_json
from include.storage import read_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from include.plan import Plan

MANIFESTS = {
    "corpus": "raw-corpus",
    "queries": "training-data",
    "training": "model-artifacts",
    "evaluation": "evaluation",
}
LISTED_QUERIES = 8


def collect_report(
    s3: S3Client,
    plan: Plan,
    registration: dict[str, Any],
    seconds: dict[str, float],
    benchmark: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of `report.json`.

    Args:
        s3: client.
        plan: of the run.
        registration: ids and state of connector, model group and model, and the smoke test's cosine.
        seconds: by phase, time that its tasks took.
        benchmark: of single against batch highlighting, see `include.phases.benchmark`; None without one.
    """
    evaluation = read_json(s3, plan.layout.uri(at.EVALUATION))
    return {
        "model_name": plan.settings.model.model_name,
        "run": plan.run,
        "name": plan.layout.name,
        "outcome": evaluation["outcome"],
        "measure": evaluation["measure"],
        "decided_on": evaluation["decided_on"],
        "evaluation": {name: _summary(s3, plan, name, found) for name, found in evaluation["sets"].items()},
        "phases": {phase: read_manifest(s3, plan.layout.uri(folder)).__dict__ for phase, folder in MANIFESTS.items()},
        "seconds": seconds,
        "training": read_output_json(s3, plan, "training.json"),
        "endpoint_name": plan.layout.name,
        "registration": registration,
        "benchmark": benchmark,
        "settings": dict(plan.settings.model_dump(mode="json").items()),
        "aws_endpoint": s3.meta.endpoint_url,
        "opensearch_url": plan.opensearch_url,
        "artifact": plan.layout.uri(at.MODEL),
    }


def _questions(s3: S3Client, plan: Plan, name: str) -> dict[str, str]:
    if plan.settings.is_highlighter:
        return {passage["id"]: passage["question"] for passage in load_passages(s3, plan, name)}
    return load_query_set(s3, plan, name).queries


def _summary(s3: S3Client, plan: Plan, name: str, found: dict[str, Any]) -> dict[str, Any]:
    """The comparison, with the queries that gained and lost most instead of all queries."""
    queries = _questions(s3, plan, name)
    per_query = found.pop("per_query")
    before = found.get("gain_over", BASE)
    gains = {query_id: values[TUNED] - values[before] for query_id, values in per_query.items()}
    ranked, changes = sorted(gains, key=gains.__getitem__), list(gains.values())

    def listed(query_ids: list[str]) -> list[dict[str, Any]]:
        return [
            {"query": queries[query_id], **per_query[query_id], BASE: per_query[query_id][before]}
            for query_id in query_ids
        ]

    return {
        **found,
        "improved": sum(change > 0 for change in changes),
        "unchanged": sum(change == 0 for change in changes),
        "worsened": sum(change < 0 for change in changes),
        "most_improved": listed(ranked[::-1][:LISTED_QUERIES]),
        "most_worsened": listed(ranked[:LISTED_QUERIES]),
    }
