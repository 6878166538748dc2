"""Airflow's context without Airflow: a task instance that keeps XComs, and a dag run whose tasks have states."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class TaskInstance:
    """What our tasks use of Airflow's RuntimeTaskInstance."""

    task_id: str = "explain_failure"
    map_index: int | None = -1
    log_url: str = "http://airflow/log"
    xcoms: dict[tuple[str, str, int], Any] = field(default_factory=dict)
    crumbs: list[dict[str, Any]] = field(default_factory=list)
    task: Any = None

    def xcom_push(self, key: str, value: Any) -> None:
        self.xcoms[self.task_id, key, -1 if self.map_index is None else self.map_index] = value

    def xcom_pull(self, task_ids: str, key: str = "return_value", map_indexes: int = -1) -> Any:
        return self.xcoms.get((task_ids, key, map_indexes))

    def get_task_breadcrumbs(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return self.crumbs


@pytest.fixture
def ti() -> TaskInstance:
    return TaskInstance()


@pytest.fixture
def make_context(ti: TaskInstance) -> Callable[..., dict[str, Any]]:
    """Context of a task, with params and what else is given."""

    def make(**more: Any) -> dict[str, Any]:
        run = SimpleNamespace(
            dag_id="finetune_search_model", run_id="manual__1", run_after=datetime(2026, 1, 1, tzinfo=UTC), conf={}
        )
        return {"ti": ti, "dag_run": run, "params": {}, **more}

    return make
