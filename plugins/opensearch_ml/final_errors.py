"""Ends a task at an error that would come again where Airflow has no retry policy to do it: before 3.3.

There a `TerminalError` leaves the task as the exception that Airflow never tries again. From Airflow 3.3 on, where
`FinetuneRetryPolicy` decides, everything here leaves things as they are.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from airflow.sdk import task as stock_task

from include.errors import TerminalError
from opensearch_ml.airflow_versions import HAS_RETRY_POLICY, AirflowFailException
from opensearch_ml.empty_outputs import without_empty_outputs

if TYPE_CHECKING:
    from collections.abc import Callable

METHODS = ("execute", "execute_complete")


def ends_at_final_errors(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, whose `TerminalError` is raised as `AirflowFailException`, with itself as the cause."""

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        try:
            return function(*arguments, **named)
        except TerminalError as error:
            raise AirflowFailException(str(error)) from error

    return call


class FinalErrors:
    """Mixed into operators and sensors."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not HAS_RETRY_POLICY:
            for name in METHODS:
                if name in vars(cls):
                    setattr(cls, name, ends_at_final_errors(vars(cls)[name]))


class FinalErrorTasks:
    """Airflow's `@task` and `@task.branch` for functions that may raise `TerminalError`.

    Args:
        stock: Airflow's own.
    """

    def __init__(self, stock: Any) -> None:
        self._stock = stock

    def __call__(self, function: Callable[..., Any] | None = None, **how: Any) -> Any:
        """As `@task` or `@task(…)`."""
        return self._decorated(self._stock, function, how)

    def branch(self, function: Callable[..., Any] | None = None, **how: Any) -> Any:
        """As `@task.branch` or `@task.branch(…)`."""
        return self._decorated(self._stock.branch, function, how)

    def _decorated(self, decorator: Any, function: Callable[..., Any] | None, how: dict[str, Any]) -> Any:
        if function is not None:
            return decorator(_as_old_airflow_needs(function))
        return lambda given: decorator(**how)(_as_old_airflow_needs(given))


def _as_old_airflow_needs(function: Callable[..., Any]) -> Callable[..., Any]:
    return ends_at_final_errors(without_empty_outputs(function))


task: Any = stock_task if HAS_RETRY_POLICY else FinalErrorTasks(stock_task)


def original(error: BaseException | None) -> BaseException | None:
    """The error that our code raised."""
    return error.__cause__ if isinstance(error, AirflowFailException) and error.__cause__ else error
