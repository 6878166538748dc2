"""Pushes what a task returns under several names, but nothing for None, which Airflow 3.0's API server refuses.

Who pulls a name that was not pushed gets None too, and the whole of what was returned is there as ever.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from airflow.sdk import get_current_context

from opensearch_ml.airflow_versions import running_task

if TYPE_CHECKING:
    from collections.abc import Callable


def without_empty_outputs(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of a task; if it returns a dictionary with None in it, its other values are pushed here."""

    @wraps(function)
    def call(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        if isinstance(result, dict) and any(value is None for value in result.values()):
            _push_others(result)
        return result

    return call


def _push_others(result: dict[str, Any]) -> None:
    context = get_current_context()
    task = running_task(context)
    if not task.multiple_outputs:
        return
    task.multiple_outputs = False  # Airflow would push each, None too
    for name, value in result.items():
        if value is not None:
            context["ti"].xcom_push(key=name, value=value)
