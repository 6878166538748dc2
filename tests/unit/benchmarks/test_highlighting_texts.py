from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from benchmarks.highlighting.interleaved import timed
from benchmarks.highlighting.texts import workload

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def no_shared_data(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("SHARED_DATA", str(tmp_path))
    return tmp_path


def test_workload_of_the_demo_corpus_alone_is_full_and_repeatable(no_shared_data: Path) -> None:
    work = workload()

    assert work["sources"] == ["demo corpus"]
    assert {kind: len(texts) for kind, texts in work["texts"].items()} == {"short": 200, "long": 200, "mixed": 200}
    assert len(work["pairs"]) == 2_000
    assert {len(set(texts)) for texts in work["texts"].values()} == {200}
    assert all(80 <= len(text.split()) <= 102 for text in work["texts"]["short"])
    assert all(561 <= len(text.split()) <= 640 for text in work["texts"]["long"])
    assert work == workload()


def test_workload_takes_squad_in_turn_where_it_is(no_shared_data: Path) -> None:
    paragraph = {"context": "squad " * 91, "qas": [{"question": "which?"}]}
    folder = no_shared_data / "squad"
    folder.mkdir()
    paragraphs = [{**paragraph, "context": f"{n} {paragraph['context']}"} for n in range(20)]
    (folder / "dev-v1.1.json").write_text(json.dumps({"data": [{"paragraphs": paragraphs}]}), encoding="utf-8")

    work = workload()

    assert work["sources"] == ["demo corpus", "SQuAD dev v1.1"]
    assert ["squad" in text for text in work["texts"]["short"][:4]] == [False, True, False, True]
    assert work["pairs"][1][0] == "which?"


def test_timed_systems_take_turns_in_changing_order() -> None:
    order: list[str] = []
    systems = {name: lambda name=name: order.append(name) for name in "abc"}  # type: ignore[misc]

    times = timed(systems, 0, least_rounds=8)

    rounds = [order[start : start + 3] for start in range(0, 24, 3)]
    assert {tuple(sorted(each)) for each in rounds} == {("a", "b", "c")}
    assert len({tuple(each) for each in rounds}) > 1
    assert {name: len(found) for name, found in times.items()} == {"a": 8, "b": 8, "c": 8}
