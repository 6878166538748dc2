"""What the report says, gathered from what the phases left on S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include import layout as at
from include.evaluation.compare import BASE, TUNED
from include.evaluation.examples import changed_most
from include.manifest import read_manifest
from include.phases.corpus import load_passages
from include.phases.cost import cost_of
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
# Points of the curve of gains: more are not seen.
CURVE_POINTS = 400


def collect_report(
    s3: S3Client,
    plan: Plan,
    registration: dict[str, Any] | None,
    seconds: dict[str, float],
    benchmark: dict[str, Any] | None = None,
    approval: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The content of `report.json`.

    Args:
        s3: client.
        plan: of the run.
        registration: ids and state of connector, model group and model, and the smoke test's cosine; None if nothing
            was deployed.
        seconds: by phase, time that its tasks took.
        benchmark: of single against batch highlighting, see `include.phases.benchmark`; None without one.
        approval: what a person answered, `{"approved", "by"}`; None if nobody was asked.
    """
    evaluation = read_json(s3, plan.layout.uri(at.EVALUATION))
    return {
        "model_name": plan.settings.model.model_name,
        "run": plan.run,
        "name": plan.layout.name,
        "outcome": evaluation["outcome"],
        "measure": evaluation["measure"],
        "decided_on": evaluation["decided_on"],
        "engine": evaluation["engine"],
        "engine_note": evaluation["engine_note"],
        "decision": evaluation["decision"],
        "approval": approval,
        "deployed": registration is not None,
        "evaluation": {name: _summary(s3, plan, name, found) for name, found in evaluation["sets"].items()},
        "phases": {phase: read_manifest(s3, plan.layout.uri(folder)).__dict__ for phase, folder in MANIFESTS.items()},
        "seconds": seconds,
        "cost": cost_of(s3, plan),
        "training": read_output_json(s3, plan, "training.json"),
        "endpoint_name": (registration or {}).get("endpoint_name", plan.layout.name),
        "deployment_reused_from": _deployed_by(plan, registration),
        "registration": registration,
        "benchmark": benchmark,
        "settings": dict(plan.settings.model_dump(mode="json").items()),
        "aws_endpoint": s3.meta.endpoint_url,
        "opensearch_url": plan.opensearch_url,
        "artifact": plan.layout.uri(at.MODEL),
    }


def _deployed_by(plan: Plan, registration: dict[str, Any] | None) -> str:
    """The run that had deployed the model before; empty if this one did."""
    endpoint: str = (registration or {}).get("endpoint_name", plan.layout.name)
    return "" if endpoint == plan.layout.name else endpoint.removeprefix(f"{plan.layout.model_name}-")


def _questions(s3: S3Client, plan: Plan, name: str) -> dict[str, str]:
    return {passage["id"]: passage["question"] for passage in load_passages(s3, plan, name)}


def _summary(s3: S3Client, plan: Plan, name: str, found: dict[str, Any]) -> dict[str, Any]:
    """The comparison, with the queries that gained and lost most and the curve of gains instead of all queries."""
    per_query = found.pop("per_query")
    before = found.get("gain_over", BASE)
    gains = sorted(values[TUNED] - values[before] for values in per_query.values())
    listed = {} if "best" in found else _listed(_questions(s3, plan, name), per_query, before)
    return {
        **found,
        **listed,
        "improved": sum(gain > 0 for gain in gains),
        "unchanged": sum(gain == 0 for gain in gains),
        "worsened": sum(gain < 0 for gain in gains),
        "gains": _curve(gains),
    }


def _listed(questions: dict[str, str], per_query: dict[str, Any], before: str) -> dict[str, Any]:
    """The questions of a highlighter that changed most; what was marked is not kept."""
    best, worst = changed_most(per_query, before)

    def told(query_id: str) -> dict[str, Any]:
        return {"query": questions[query_id], "scores": per_query[query_id], "relevant": [], "first": {}}

    return {"best": list(map(told, best)), "worst": list(map(told, worst))}


def _curve(ranked: list[float]) -> list[float]:
    """The sorted gains at as many evenly spaced places as can be seen."""
    if len(ranked) <= CURVE_POINTS:
        return [round(gain, 4) for gain in ranked]
    step = (len(ranked) - 1) / (CURVE_POINTS - 1)
    return [round(ranked[round(place * step)], 4) for place in range(CURVE_POINTS)]
