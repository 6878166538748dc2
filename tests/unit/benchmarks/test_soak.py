"""What a soak says of its runs."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.soak.growth import growth, is_flat
from benchmarks.soak.page import render_page
from benchmarks.soak.summary import left_behind, summarise


def look(memory: float = 100, **changes: Any) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "memory_mib": {"airflow-scheduler": memory, "airflow-workers": 50.0},
        "handles": {"airflow-scheduler": 10, "airflow-workers": 5},
        "processes": {"airflow-scheduler": 1, "airflow-workers": 4},
        "temporary_files": [],
        "indices": [],
        "open_points_in_time": 0,
        "running_jobs": 0,
        "endpoints": 0,
    }
    return {**usage, **changes}


def run(usage: dict[str, Any] | None, **changes: Any) -> dict[str, Any]:
    ended = {"run_id": "r", "kind": "repeated", "state": "success", "seconds": 1.0, "explanation": ""}
    return {**ended, "tasks_tried_again": [], "usage": usage, **changes}


def found(*runs: dict[str, Any]) -> dict[str, Any]:
    return {"before": look(), "runs": list(runs), "machine": {"cpu": "c", "cores": 2}, "measured": "2026-11-21"}


@pytest.mark.parametrize(
    ("values", "flat"),
    [([100] * 12, True), ([100 + n for n in range(12)], True), ([100 + 5 * n for n in range(12)], False)],
    ids=["the same", "a little noise", "grows"],
)
def test_growth_compares_the_last_third_with_the_first(values: list[float], flat: bool):
    assert is_flat(values) is flat


def test_growth_of_few_values_is_not_known():
    assert growth([1, 2, 3]) is None


def test_summary_of_good_runs_is_good():
    assert summarise(found(*(run(look()) for _ in range(10))))["good"]


def test_summary_names_what_grew():
    summary = summarise(found(*(run(look(100 + 20 * number)) for number in range(12))))

    assert summary["grown"] == ["memory of airflow-scheduler"]
    assert not summary["good"]


def test_summary_counts_failed_runs_and_tells_why():
    summary = summarise(found(run(look()), run(look(), run_id="r2", state="failed", explanation="no bucket")))

    assert (summary["failed"], summary["good"]) == (1, False)
    assert "r2: failed: no bucket" in summary["lines"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"temporary_files": ["a"]}, ["temporary file a"]),
        ({"indices": ["x-bm25"]}, ["index x-bm25"]),
        ({"open_points_in_time": 2}, ["2 open points in time"]),
        ({"running_jobs": 1}, ["1 running jobs"]),
        ({"processes": {"airflow-scheduler": 3}}, ["2 processes of airflow-scheduler"]),
        ({"endpoints": 9}, []),
    ],
    ids=["file", "index", "point in time", "job", "process", "deployed models may stay"],
)
def test_left_behind_names_what_was_not_there_before(changes: dict[str, Any], told: list[str]):
    assert left_behind(look(), look(**changes)) == told


def test_page_shows_every_run():
    runs = found(*(run(look(), run_id=f"run-{number}") for number in range(3)))

    page = render_page({**runs, "summary": summarise(runs)})

    assert all(f"run-{number}" in page for number in range(3))
