from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from include.errors import TerminalError
from include.promotion.record import live, promotion_entry, promotions_uri, rollback_entry, way_back

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def promoted(run: str) -> dict[str, Any]:
    return {"kind": "promotion", "run": run, "model_id": f"model of {run}"}


def back(run: str, from_run: str, by: str = "rollback-1") -> dict[str, Any]:
    return rollback_entry(promoted(run), promoted(from_run), by, NOW)


A, B, C = (promoted(name) for name in "abc")


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param([A, B], ["a", "b"], id="two"),
        pytest.param([A, B, back("a", "b")], ["a"], id="gone-back"),
        pytest.param([A, B, back("a", "b"), C], ["a", "c"], id="promoted-after-a-rollback"),
        pytest.param([A, B, C, back("b", "c"), back("a", "b")], ["a"], id="twice-back"),
        pytest.param([A, B, A], ["b", "a"], id="promoted-again"),
    ],
)
def test_live_is_what_a_rollback_can_go_through(entries: list[dict[str, Any]], expected: list[str]) -> None:
    assert [entry["run"] for entry in live(entries)] == expected


def test_way_back_of_a_promotion_after_a_rollback_passes_over_what_was_gone_back_from() -> None:
    previous, newer, recorded = way_back([A, B, back("a", "b"), C], "rollback-2", "s3://b/p.json")

    assert (previous["run"], newer["run"], recorded) == ("a", "c", False)


def test_way_back_second_try_goes_no_further() -> None:
    previous, newer, recorded = way_back([A, B, C, back("b", "c", "rollback-7")], "rollback-7", "s3://b/p.json")

    assert (previous["run"], newer["run"], recorded) == ("b", "c", True)


def test_way_back_another_rollback_goes_one_further() -> None:
    previous, newer, _ = way_back([A, B, C, back("b", "c", "rollback-7")], "rollback-8", "s3://b/p.json")

    assert (previous["run"], newer["run"]) == ("a", "b")


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        pytest.param([], r"\(none\)", id="nothing"),
        pytest.param([A], r"\(only a\)", id="one"),
        pytest.param([A, B, back("a", "b", "other")], r"\(only a\)", id="back-at-the-first"),
    ],
)
def test_way_back_nothing_before_says_what_to_check(entries: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(TerminalError, match=rf"s3://b/p.json has no promotion before the current one {told}.* Check"):
        way_back(entries, "rollback-1", "s3://b/p.json")


def test_promotion_entry_has_all_that_a_rollback_needs(make_plan: Any) -> None:
    plan = make_plan()
    check = {"gain": 0.1, "p_value": 0.001}
    evaluation = {"measure": "nDCG@10", "decision": {"checks": [check]}}
    registration = {"connector_id": "c1", "model_group_id": "g1", "model_id": "m1", "model_state": "DEPLOYED"}

    entry = promotion_entry(plan, {"uri": "s3://b/m.tar.gz", "sha256": "ab"}, evaluation, registration, "5e", NOW)

    assert entry == {
        "kind": "promotion",
        "run": plan.layout.run,
        "at": "2026-11-21T12:00:00+00:00",
        "model_type": "dense",
        "endpoint_name": plan.layout.name,
        "connector_id": "c1",
        "model_group_id": "g1",
        "model_id": "m1",
        "query_model_id": None,
        "ingest_pipeline": None,
        "search_pipeline": None,
        "artifact": "s3://b/m.tar.gz",
        "sha256": "ab",
        "serving": "5e",
        "folder": plan.layout.uri(),
        "measure": "nDCG@10",
        **check,
    }
    assert promotions_uri("b", "p", "m") == "s3://b/p/m/promotions.json"
