from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.failure import NO_EXCEPTION, Failure
from opensearch_ml.failures import failures_of, note_failure

if TYPE_CHECKING:
    from collections.abc import Callable


def crumb(task_id: str, state: str, map_index: int = -1) -> dict[str, Any]:
    return {"task_id": task_id, "state": state, "map_index": map_index, "duration": 1.0}


@pytest.mark.parametrize("map_index", [None, -1, 3])
def test_note_failure_is_found_again(ti: Any, make_context: Callable[..., Any], map_index: int | None) -> None:
    ti.task_id, ti.map_index = "training.train", map_index
    note_failure(make_context(exception=TerminalError("what to do")))
    ti.task_id, ti.map_index = "explain_failure", -1
    at = -1 if map_index is None else map_index
    ti.crumbs = [crumb("training.train", "failed", at)]

    assert failures_of(make_context()) == [
        Failure("training.train", "TerminalError", "what to do", "http://airflow/log", at)
    ]


@pytest.mark.parametrize(
    ("error", "message"),
    [
        pytest.param(ValueError(""), "ValueError", id="without-a-message"),
        pytest.param(KeyError("name"), "'name'", id="key"),
        pytest.param("killed by the scheduler", "killed by the scheduler", id="text"),
        pytest.param(None, NO_EXCEPTION, id="none"),
    ],
)
def test_note_failure_always_says_something(
    ti: Any, make_context: Callable[..., Any], error: Any, message: str
) -> None:
    ti.task_id = "a"
    note_failure(make_context(exception=error))
    ti.crumbs = [crumb("a", "failed")]
    ti.task_id = "explain_failure"

    assert failures_of(make_context())[0].message == message


def test_failures_of_leaves_out_what_did_not_fail_itself(ti: Any, make_context: Callable[..., Any]) -> None:
    ti.crumbs = [
        crumb("a", "success"),
        crumb("b", "failed"),
        crumb("c", "upstream_failed"),
        crumb("d", "skipped"),
        crumb("explain_failure", "failed"),
    ]

    assert [failure.task_id for failure in failures_of(make_context())] == ["b"]


def test_failures_of_killed_task_says_so(ti: Any, make_context: Callable[..., Any]) -> None:
    """No callback ran: there is no note."""
    ti.crumbs = [crumb("training.train", "failed")]

    (failure,) = failures_of(make_context())

    assert failure.message == NO_EXCEPTION
    assert failure.log_url
