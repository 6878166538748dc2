"""Before Airflow 3.3: a `TerminalError` ends its task, any other error may be tried again."""

from __future__ import annotations

from typing import Any

import pytest

from include.errors import RetryableError, TerminalError
from opensearch_ml import final_errors
from opensearch_ml.airflow_versions import AirflowFailException
from opensearch_ml.final_errors import FinalErrors, FinalErrorTasks, ends_at_final_errors, original


def fails_with(error: Exception) -> Any:
    def function(context: Any = None) -> None:
        """What it does."""
        raise error

    return function


def test_final_error_becomes_the_exception_that_is_never_tried_again() -> None:
    cause = TerminalError("index_name is 'x'. Correct it.")
    with pytest.raises(AirflowFailException, match="Correct it") as raised:
        ends_at_final_errors(fails_with(cause))()

    assert original(raised.value) is cause


@pytest.mark.parametrize("error", [RetryableError("busy"), ValueError("odd")], ids=["retryable", "unknown"])
def test_other_error_stays_what_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as raised:
        ends_at_final_errors(fails_with(error))()

    assert original(raised.value) is error


def test_decorated_function_keeps_name_and_words() -> None:
    function = ends_at_final_errors(fails_with(ValueError()))

    assert (function.__name__, function.__doc__) == ("function", "What it does.")


@pytest.mark.parametrize(("has_policy", "error"), [(False, AirflowFailException), (True, TerminalError)])
def test_operator_ends_at_a_final_error_where_no_policy_does(
    monkeypatch: pytest.MonkeyPatch, has_policy: bool, error: type[Exception]
) -> None:
    monkeypatch.setattr(final_errors, "HAS_RETRY_POLICY", has_policy)

    class Operator(FinalErrors):
        execute = fails_with(TerminalError("no"))

    with pytest.raises(error):
        Operator().execute()


class StockTask:
    """Airflow's decorator, which only remembers what it was given."""

    def __call__(self, function: Any = None, **how: Any) -> Any:
        return (function, how) if function else lambda given: (given, how)

    branch = __call__


@pytest.mark.parametrize("way", ["plain", "arguments", "branch", "branch-arguments"])
def test_task_decorator_is_used_as_airflows(way: str) -> None:
    tasks, function = FinalErrorTasks(StockTask()), fails_with(TerminalError("no"))
    decorator = tasks.branch if way.startswith("branch") else tasks
    made, how = decorator(trigger_rule="all_done")(function) if "arguments" in way else decorator(function)

    assert how == ({"trigger_rule": "all_done"} if "arguments" in way else {})
    with pytest.raises(AirflowFailException):
        made()
