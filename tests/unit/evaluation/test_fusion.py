from __future__ import annotations

import pytest

from include.evaluation.fusion import DEPTH, fuse


def test_fuse_adds_reciprocal_ranks() -> None:
    """As the score-ranker-processor does: the scores themselves do not matter, and ranks begin with 1."""
    found = fuse({"q": {"a": 9.0, "b": 1.0}}, {"q": {"b": 0.3, "c": 0.2}})

    assert found == {"q": {"b": pytest.approx(1 / 62 + 1 / 61), "a": pytest.approx(1 / 61), "c": pytest.approx(1 / 62)}}
    assert list(found["q"]) == ["b", "a", "c"]


def test_fuse_query_that_one_run_misses_has_the_others_order() -> None:
    assert list(fuse({"q1": {"a": 1.0}}, {"q2": {"b": 1.0, "c": 2.0}})["q2"]) == ["c", "b"]


def test_fuse_keeps_the_best_only() -> None:
    one = {f"a{place}": float(-place) for place in range(DEPTH)}
    other = {f"b{place}": float(-place) for place in range(DEPTH)}

    found = fuse({"q": one}, {"q": other})["q"]

    assert len(found) == DEPTH
    assert "a49" in found
    assert "a50" not in found
