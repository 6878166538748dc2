"""Airflow 3.0 pushes several outputs of a task one by one and fails at a None; here the task instance remembers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from opensearch_ml import empty_outputs
from opensearch_ml.empty_outputs import without_empty_outputs


@pytest.fixture
def running(ti: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The task instance of a task with several outputs."""
    ti.task = SimpleNamespace(multiple_outputs=True)
    monkeypatch.setattr(empty_outputs, "get_current_context", lambda: {"ti": ti})
    return ti


def returns(result: Any) -> Any:
    return without_empty_outputs(lambda: result)()


def test_none_is_not_pushed_and_the_others_are(running: Any) -> None:
    result = {"share": None, "since": "", "count": 0}

    assert returns(result) == result
    assert running.xcoms == {(running.task_id, "since", -1): "", (running.task_id, "count", -1): 0}
    assert not running.task.multiple_outputs


@pytest.mark.parametrize("result", [{"count": 1}, None, 5], ids=["full", "nothing", "no-dictionary"])
def test_other_results_are_left_to_airflow(running: Any, result: Any) -> None:
    assert returns(result) == result
    assert running.xcoms == {}
    assert running.task.multiple_outputs


def test_task_with_one_output_is_left_to_airflow(running: Any) -> None:
    running.task.multiple_outputs = False
    returns({"share": None})

    assert running.xcoms == {}
