"""The content of a report, as `collect_report` gathers it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.evaluation.compare import compare

if TYPE_CHECKING:
    from collections.abc import Callable

HOSTILE = "<script>alert('xss')</script>\"'&{{ 7*7 }}"


def comparison(gain: float) -> dict[str, Any]:
    """A comparison in which the tuned model puts the relevant document so much higher."""
    qrels = {f"q{number}": {"r": 1} for number in range(30)}
    base = {query: {"a": 2.0, "r": 1.0} for query in qrels}
    tuned = {query: {"a": 2.0, "r": 1.0 + gain * 2} for query in qrels}
    found = compare(qrels, {"base": base, "tuned": tuned, "bm25": base})
    found.pop("per_query")
    document = {"id": f"d1 {HOSTILE}", "text": f"a text {HOSTILE}", "relevant": True}
    example = {
        "query_id": "q1",
        "query": f"a query {HOSTILE}",
        "scores": {"base": 0.6, "tuned": 1.0, "bm25": 0.6},
        "relevant": [document],
        "first": {"base": {"id": "d2", "text": None, "relevant": False}, "tuned": document},
    }
    return {
        **found,
        "bm25_analyzer": "english",
        "improved": 30,
        "unchanged": 0,
        "worsened": 0,
        "gains": [0.369] * 30,
        "best": [example],
        "worst": [example],
    }


def cost() -> dict[str, Any]:
    """As `cost_of` gathers it: the queries were paid, the training was taken over."""
    queries = {"estimated": "7,500,000 tokens in", "actual": "7,654,321 tokens in", "reused_from": ""}
    training = {"estimated": "1,100 billable seconds", "actual": "0 billable seconds", "reused_from": f"run {HOSTILE}"}
    return {
        "parts": [
            {"part": "queries", **queries, "estimated_usd": 0.24, "actual_usd": 0.245},
            {"part": "training", **training, "estimated_usd": 0.43, "actual_usd": 0.0},
        ],
        "estimated_usd": 0.67,
        "actual_usd": 0.245,
        "endpoint": "$1.41 an hour, until it is deleted",
        "endpoint_usd_per_hour": 1.408,
        "notes": [f"Prices: those of {HOSTILE}"],
    }


@pytest.fixture
def make_report(make_settings: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """A report; `judged` with judged queries, `bad_lines` of an S3 input."""

    def make(
        outcome: str = "better", judged: bool = False, bad_lines: int | None = None, **settings: Any
    ) -> dict[str, Any]:
        counts: dict[str, Any] = {"read": 20_500, "empty": 3, "duplicate": 12, "sampled": 20_000, "held_out": 2_000}
        if bad_lines is not None:
            counts |= {"lines": 20_500, "bad_lines": bad_lines}
        queries = {"asked": 40_000, "train": 35_000, "held_out": 4_000, "dropped": {"refused": 900, "echoed": 100}}
        sets = ["judged", "heldout"] if judged else ["heldout"]
        phase = {"inputs": {f"s3://bucket/{HOSTILE}": "etag"}, "code_version": "0123456789ab", "usage": {}}
        phase |= {"reused_from": "", "saved": {}}
        return {
            "model_name": "search-model",
            "run": "20261121-105000-abcdef",
            "name": "search-model-20261121-105000-abcdef",
            "outcome": outcome,
            "measure": "nDCG@10",
            "benchmark": None,
            "engine": "opensearch",
            "engine_note": f"Searched in OpenSearch {HOSTILE}",
            "decision": {"promote": True, "reason": f"It is promoted. {HOSTILE}", "checks": []},
            "approval": None,
            "deployed": True,
            "deployment_reused_from": "",
            "decided_on": sets[0],
            "evaluation": {name: comparison({"better": 1.0, "worse": -1.0}.get(outcome, 0.0)) for name in sets},
            "phases": {
                "corpus": {**phase, "counts": counts},
                "queries": {
                    **phase,
                    "counts": queries,
                    "usage": {"input_tokens": 7_654_321.0, "output_tokens": 123_456.0},
                },
                "training": {**phase, "counts": {}, "usage": {"billable_seconds": 1_234.0}},
                "evaluation": {**phase, "counts": {}},
            },
            "seconds": {"corpus": 61.4, "queries": 3_605.0},
            "cost": cost(),
            "training": {"loss_history": [{"step": 10, "loss": 1.9}, {"step": 20, "loss": 0.7}]},
            "endpoint_name": "search-model-20261121-105000-abcdef",
            "registration": {
                "connector_id": "c1",
                "model_group_id": "g1",
                "model_id": "m1",
                "model_state": "DEPLOYED",
                "smoke_cosine": 0.99999,
            },
            "settings": make_settings(**settings).model_dump(mode="json"),
            "aws_endpoint": "https://s3.eu-west-1.amazonaws.com",
            "opensearch_url": "https://search:9200",
            "artifact": "s3://bucket/model.tar.gz",
        }

    return make


@pytest.fixture
def make_highlighter_report(make_report: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """The report of a highlighter, with or without a benchmark."""

    def make(benchmark: dict[str, Any] | None = None) -> dict[str, Any]:
        report = make_report(model_type="highlighter")
        estimate = {"value": 0.8, "low": 0.7, "high": 0.9}
        sets = {
            name: {
                "n_queries": 30,
                **{system: dict.fromkeys(("F1", "precision"), estimate) for system in ("bm25", "embedding", "tuned")},
                "gain": {"F1": {"value": 0.05, "low": 0.01, "high": 0.09}},
                "gain_over": "bm25",
                **{key: found[key] for key in ("improved", "unchanged", "worsened", "gains", "best", "worst")},
            }
            for name, found in report["evaluation"].items()
        }
        registration = {**report["registration"], "smoke_spans": 3}
        registration.pop("smoke_cosine")
        more = {"measure": "F1", "evaluation": sets, "registration": registration, "benchmark": benchmark}
        return {**report, **more}

    return make
