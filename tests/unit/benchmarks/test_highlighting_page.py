"""Summary, promises and page of `make bench-highlighting`, from figures that are made up."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.highlighting.goals import goals_of
from benchmarks.highlighting.page import render_page
from benchmarks.highlighting.summary import summarize_parts


def handler_cell(documents: int, kind: str, batch: float = 20.0) -> dict[str, Any]:
    ms = {"single": 25.0, "padded": 40.0, "batch": batch, "floor": 19.0}
    systems = {name: {"ms_per_document": value, "least": value, "most": value} for name, value in ms.items()}
    pairs = {"batch_over_floor": 19.0, "batch_over_single": 25.0}
    ratios = {name: {"value": batch / below, "low": None, "high": None, "n": 2} for name, below in pairs.items()}
    ratios["padded_over_batch"] = {"value": 40.0 / batch, "low": 1.0, "high": 3.0, "n": 9}
    return {
        "documents": documents,
        "kind": kind,
        "n": 3,
        "tokens_mean": 131.0,
        "systems": systems,
        "ratios": ratios,
    }


def searched_cell(hits: int, path: str = "search", clients: int = 1) -> dict[str, Any]:
    figures = {"n": 3, "errors": 0, "p50_ms": 30.0, "p90_ms": 40.0, "ms_per_document": 20.0}
    modes = {mode: dict(figures) for mode in ("none", "single", "batch", "floor")}
    ratio = {"value": 1.3, "low": 1.1, "high": 1.6, "n": 9}
    found = {"path": path, "length": "mixed", "hits": hits, "clients": clients, "modes": modes}
    return {
        **found,
        "words_mean": 80.0,
        "single_over_batch": ratio,
        "batch_over_floor": {**ratio, "value": 1.05},
        "parity": {"documents": hits * 3, "differing": 0, "examples": []},
    }


@pytest.fixture
def parts() -> dict[str, Any]:
    stamp = {"measured": "2026-11-21 18:00 UTC", "seconds": 12.0, "sources": ["demo corpus"]}
    ratio = {"value": 1.7, "low": 1.5, "high": 1.9, "n": 9}
    kinds = ("short", "long", "mixed")
    return {
        "handler": {
            **stamp,
            "handler": "torch bf16",
            "naive": "torch bf16 padded",
            "device": "cpu",
            "cells": [handler_cell(size, kind) for size in (1, 10, 50) for kind in kinds],
        },
        "end_to_end": {
            **stamp,
            "documents": 3_228,
            "questions": ["a dog"],
            "server": {"version": "3.4.0", "batch": "batch_inference"},
            "cells": [searched_cell(10), searched_cell(50), searched_cell(10, clients=4), searched_cell(10, "predict")],
            "memory": {"rss_mib_max": 700.0},
            "lost_highlights": [],
        },
        "dynamic": {
            **stamp,
            "clients": 16,
            "rounds": 5,
            "documents_per_second": {"dynamic": 60.0, "off": 35.0},
            "p50_alone_ms": {"dynamic": 30.0, "off": 29.0},
            "n_alone": 100,
            "rate_ratio": ratio,
            "p50_alone_ratio": {**ratio, "value": 1.03},
        },
        "spans": {
            **stamp,
            "documents": 2_000,
            "mismatches": 0,
            "highlights": 5_000,
            "without_highlight": 3,
            "examples": [],
        },
    }


def result_of(parts: dict[str, Any]) -> dict[str, Any]:
    return {
        "command": "make bench-highlighting",
        "model": {"name": "highlighter-squad", "digest": "abc", "trained": True},
        "quick": False,
        "machine": {"cpu": "a CPU", "cores": 2, "gpu": None},
        "sources": ["demo corpus"],
        "summary": summarize_parts(parts, {"f1": 0.83}),
        "parts": parts,
    }


def test_summary_has_the_worst_cells_and_the_figures_by_hits(parts: dict[str, Any]) -> None:
    parts["handler"]["cells"][4] = handler_cell(10, "long", batch=22.0)

    summary = summarize_parts(parts, {"f1": 0.83})

    assert summary["handler_over_floor_max"] == pytest.approx(22 / 19)
    assert summary["batch_over_single_max"] == pytest.approx(22 / 25)
    assert summary["padded_over_batch_mixed"] == 2.0
    assert summary["published_over_batch"] == {"short": 61 / 20, "long": 434 / 20, "mixed": 239 / 20}
    assert summary["end_to_end_ratio"] == {"10": 1.3, "50": 1.3}
    assert summary["ms_per_document"] == {"10": 20.0, "50": 20.0}
    assert (summary["span_mismatches"], summary["f1"], summary["device"]) == (0, 0.83, "cpu")


def test_summary_padded_batch_of_one_document_does_not_count(parts: dict[str, Any]) -> None:
    parts["handler"]["cells"] = [handler_cell(1, "mixed", batch=100.0), handler_cell(10, "mixed")]

    assert summarize_parts(parts, None)["padded_over_batch_mixed"] == 2.0


def test_summary_of_nothing_measured_is_none_everywhere() -> None:
    summary = summarize_parts({}, None)

    assert {value for value in summary.values() if not isinstance(value, dict)} == {None}
    assert {goal.met for goal in goals_of(summary)} == {None}


def test_goal_that_is_missed_is_said_so(parts: dict[str, Any]) -> None:
    parts["dynamic"]["rate_ratio"]["value"] = 1.2

    missed = [goal for goal in goals_of(summarize_parts(parts, {"f1": 0.83})) if goal.met is False]

    assert [(goal.goal, goal.measured) for goal in missed] == [("at least 1.5", "1.2")]


def test_page_shows_every_part_and_stands_alone(parts: dict[str, Any]) -> None:
    page = render_page(result_of(parts))

    assert [title in page for title in ("The handler alone", "Through OpenSearch", "Dynamic batching", "Spans")] == [
        True
    ] * 4
    assert page.count("<svg") == 3 + 2 + 1
    assert "61, 434 and 239 ms" in page
    assert "src=" not in page
    assert "href=" not in page.replace('xlink:href="#', "")


@pytest.mark.parametrize("part", ["handler", "end_to_end", "dynamic", "spans"])
def test_page_of_one_part_leaves_the_others_out(parts: dict[str, Any], part: str) -> None:
    page = render_page(result_of({part: parts[part]}))

    assert page.count("<h2>") == 3
    assert "not measured" in page
