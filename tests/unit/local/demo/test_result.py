from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from local.demo.examples import Example, choose, searched_documents
from local.demo.result import result_of, show_examples, show_result, write_result

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def estimate(value: float) -> dict[str, dict[str, float]]:
    return {"nDCG@10": {"value": value, "low": value - 0.1, "high": value + 0.1}}


REPORT: dict[str, Any] = {
    "outcome": "better",
    "measure": "nDCG@10",
    "settings": {"model": {"model_type": "dense"}},
    "benchmark": None,
    "cost": {"estimated_usd": 0.1, "actual_usd": 0.09},
    "decided_on": "judged",
    "engine": "opensearch",
    "deployed": True,
    "decision": {"promote": True, "reason": "It is [better].", "checks": [{"p_value": 0.01}]},
    "endpoint_name": "e",
    "evaluation": {
        "judged": {
            "n_queries": 1170,
            "bm25": estimate(0.4),
            "base": estimate(0.5),
            "tuned": estimate(0.6),
            "gain": estimate(0.1),
        }
    },
    "registration": {"connector_id": "c", "model_group_id": "g", "model_id": "m", "model_state": "DEPLOYED"},
}


def test_result_has_the_fields_that_scripts_read(tmp_path: Path):
    write_result(result_of(REPORT, {"corpus": 1.0}, tmp_path / "report.html"), tmp_path / "result.json")
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert (result["outcome"], result["n_queries"], result["model_state"]) == ("better", 1170, "DEPLOYED")
    assert (result["bm25"], result["base"], result["tuned"]) == ({"nDCG@10": 0.4}, {"nDCG@10": 0.5}, {"nDCG@10": 0.6})
    assert (result["connector_id"], result["model_group_id"], result["model_id"]) == ("c", "g", "m")
    assert (result["endpoint_name"], result["seconds"]) == ("e", {"corpus": 1.0})
    assert result["report"] == str(tmp_path / "report.html")


def test_result_is_shown_with_its_intervals(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    show_result(result_of(REPORT, {}, tmp_path))
    shown = capsys.readouterr().out
    assert "1,170 judged queries, none of them seen in training" in shown
    assert "tuned model 0.600 0.500 to 0.700" in " ".join(shown.split())
    assert "tuned minus base: +0.100 (+0.000 to +0.200): better" in shown
    assert "  It is [better]." in shown
    assert "by the price table $0.0900, estimated before $0.1000" in shown
    assert "In OpenSearch" in shown


def test_result_is_shown_in_80_columns_with_bars_as_long_as_the_figures(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("COLUMNS", "80")
    best = {**REPORT["evaluation"]["judged"], "tuned": estimate(1.0), "tuned+bm25": estimate(0.9)}
    show_result(result_of({**REPORT, "evaluation": {"judged": best}}, {}, tmp_path))
    shown = capsys.readouterr().out
    assert "…" not in shown
    lengths = [line.count("█") for line in shown.splitlines() if "█" in line]
    assert lengths == [*sorted(lengths[:3]), lengths[-1]]
    assert lengths[2] > lengths[3]


def test_result_of_a_refused_run_is_shown_with_the_gates_reason(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    decision = {"promote": False, "reason": "It is no better.", "checks": [{"p_value": 0.8}]}
    result = result_of({**REPORT, "deployed": False, "registration": None, "decision": decision}, {}, tmp_path)
    show_result(result)
    shown = capsys.readouterr().out
    assert (result["model_id"], result["endpoint_name"], result["p_value"]) == (None, None, 0.8)
    assert "It is no better." in shown
    assert "Nothing was deployed." in shown
    assert "In OpenSearch" not in shown


def test_examples_are_the_largest_gain_a_middle_one_and_the_largest_loss():
    found = {"a": (0.1, 0.9), "b": (0.5, 0.4), "c": (0.2, 0.5), "d": (0.3, 0.4)}
    evaluation = {"per_query": {name: {"base": base, "tuned": tuned} for name, (base, tuned) in found.items()}}
    assert [name for name, *_ in choose(evaluation)] == ["a", "c", "b"]


def test_examples_show_a_query_with_brackets_as_it_is(capsys: pytest.CaptureFixture[str]):
    hits = {"base": [("[bold]x", False)], "tuned": [("y", True)]}
    show_examples([Example("what is [red]a[0]", "why", hits)], "judged", "neural")
    shown = capsys.readouterr().out
    assert "“what is [red]a[0]”" in shown
    assert "[bold]x" in shown
    assert "y ✓" in shown


def test_searched_documents_of_a_large_corpus_are_few_and_hold_the_relevant_ones(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("local.demo.examples.MOST_DOCUMENTS", 2)
    documents = {name: name.upper() for name in "abcd"}
    assert searched_documents(documents, {"d"}) == {"d": "D", "a": "A"}
