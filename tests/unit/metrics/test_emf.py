"""EMF documents, held to what the specification demands of them."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from include.failure import Failure
from include.metrics.emf import emf_lines
from include.metrics.measure import NAMESPACE, UNITS, Measure
from include.metrics.run import measures_of_failure, measures_of_report

if TYPE_CHECKING:
    from collections.abc import Callable

AT = datetime(2026, 11, 22, 3, tzinfo=UTC)
# Amazon CloudWatch user guide, "Specification: Embedded metric format", and MetricDatum's units.
AMOUNTS = [f"{size}{unit}" for unit in ("bytes", "bits") for size in ("", "Kilo", "Mega", "Giga", "Tera")]
RATES = [f"{amount.capitalize()}/Second" for amount in (*AMOUNTS, "count")]
TIMES = ["Seconds", "Microseconds", "Milliseconds"]
CLOUDWATCH_UNITS = {*TIMES, *(amount.capitalize() for amount in AMOUNTS), *RATES, "Percent", "Count", "None"}
MAX_METRICS, MAX_DIMENSIONS, MAX_BYTES = 100, 30, 1 << 20


def check(line: str) -> dict[str, Any]:
    """The document, once it is what the specification says; raises AssertionError."""
    assert "\n" not in line
    assert len(line.encode()) <= MAX_BYTES
    root = json.loads(line)
    assert set(root["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(root["_aws"]["Timestamp"], int)
    assert root["_aws"]["Timestamp"] > 1_000_000_000_000, "milliseconds"
    for directive in root["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= 256
        assert 1 <= len(directive["Metrics"]) <= MAX_METRICS
        for dimensions in directive["Dimensions"]:
            assert 1 <= len(dimensions) <= MAX_DIMENSIONS
            assert all(isinstance(root[name], str) and 1 <= len(root[name]) <= 1024 for name in dimensions)
        for metric in directive["Metrics"]:
            assert set(metric) <= {"Name", "Unit", "StorageResolution"}
            assert 1 <= len(metric["Name"]) <= 1024
            assert metric["Unit"] in CLOUDWATCH_UNITS
            value = root[metric["Name"]]
            assert isinstance(value, int | float) and not isinstance(value, bool)
            assert math.isfinite(value)
    return dict(root)


def lines(measures: list[Measure]) -> list[dict[str, Any]]:
    return [check(line) for line in emf_lines(measures, "search-model", "20261122-030000-abcdef", AT)]


def test_emf_lines_measures_of_the_same_things_share_a_document() -> None:
    phase = (("phase", "training"),)
    found = lines([Measure("documents", 5), Measure("pairs", 9), Measure("phase_seconds", 1.5, phase)])

    assert [doc["_aws"]["CloudWatchMetrics"][0]["Dimensions"] for doc in found] == [
        [["model_name"]],
        [["model_name", "phase"]],
    ]
    assert {name: found[0][name] for name in ("model_name", "documents", "pairs")} == {
        "model_name": "search-model",
        "documents": 5,
        "pairs": 9,
    }
    assert (found[1]["phase"], found[1]["phase_seconds"]) == ("training", 1.5)
    assert found[0]["_aws"]["CloudWatchMetrics"][0]["Namespace"] == NAMESPACE == "OpenSearchFinetuning"


def test_emf_lines_what_is_no_number_is_left_out() -> None:
    found = lines([Measure("train_loss", math.nan), Measure("pairs", 1), Measure("ndcg_at_10_base", math.inf)])

    assert [metric["Name"] for metric in found[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"]] == ["pairs"]
    assert lines([Measure("train_loss", math.nan)]) == []


def test_emf_lines_run_is_no_dimension_as_each_would_be_billed_as_a_metric() -> None:
    [found] = lines([Measure("pairs", 1)])

    assert found["run"] == "20261122-030000-abcdef"
    assert "run" not in str(found["_aws"])


def test_measures_of_report_are_complete(make_report: Callable[..., Any]) -> None:
    report = make_report()
    report["registration"]["latency_ms"] = 12.5
    report["phases"]["queries"]["cost_usd"], report["phases"]["training"]["cost_usd"] = 0.5, 1.25

    found = {(m.name, *(value for _, value in m.of)): m.value for m in measures_of_report(report)}

    assert found == {
        ("failed_runs",): 0,
        ("documents",): 20_000,
        ("pairs",): 35_000,
        ("dropped_pairs",): 1_000,
        ("dropped_pairs", "refused"): 900,
        ("dropped_pairs", "echoed"): 100,
        ("train_loss",): 0.7,
        ("ndcg_at_10_base",): pytest.approx(0.6309, abs=1e-3),
        ("ndcg_at_10_tuned",): 1.0,
        ("phase_seconds", "corpus"): 61.4,
        ("phase_seconds", "queries"): 3_605.0,
        ("cost_usd",): 1.75,
        ("cost_usd", "queries"): 0.5,
        ("cost_usd", "training"): 1.25,
        ("endpoint_latency_ms",): 12.5,
    }
    assert lines(measures_of_report(report))


def test_measures_of_report_that_deployed_nothing_and_knows_no_cost(make_report: Callable[..., Any]) -> None:
    names = {measure.name for measure in measures_of_report({**make_report(), "registration": None})}

    assert names == set(UNITS) - {"endpoint_latency_ms", "cost_usd", "highlight_fallbacks"}


def test_measures_of_report_of_a_highlighter_have_no_ndcg(make_highlighter_report: Callable[..., Any]) -> None:
    names = {measure.name for measure in measures_of_report(make_highlighter_report())}

    assert not {name for name in names if name.startswith("ndcg")}


def test_measures_of_failure_count_the_run_once_and_its_phases() -> None:
    failures = [Failure(name, "E", "broke", "") for name in ("training.train", "training.x", "plan_run")]

    found = [(measure.name, measure.of, measure.value) for measure in measures_of_failure(failures, {"corpus": 3.0})]

    assert found == [
        ("failed_runs", (), 1),
        ("failed_runs", (("phase", "before"),), 1),
        ("failed_runs", (("phase", "training"),), 1),
        ("phase_seconds", (("phase", "corpus"),), 3.0),
    ]
