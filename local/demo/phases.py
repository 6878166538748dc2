"""The run as its phases, out of the states of its tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.demo.airflow_api import Task

PHASES = {
    "plan_run": "plan",
    "corpus": "corpus",
    "queries": "queries",
    "training": "training",
    "evaluation": "evaluation",
    "endpoint": "endpoint",
    "opensearch": "OpenSearch",
    "benchmark_highlighter": "benchmark",
    "write_report": "report",
}
ENDED = ("success", "skipped")
AT_WORK = ("running", "queued", "scheduled", "up_for_retry", "up_for_reschedule", "restarting", "deferred")


@dataclass(frozen=True)
class Phase:
    """One phase: its state, the task at work, tasks ended of all, and the time of its tasks.

    Attributes:
        state: `waiting` (also when it will never begin), `running`, `done`, `skipped` (all of it) or `failed`.
    """

    name: str
    label: str
    state: str
    task: str
    ended: int
    tasks: int
    seconds: float


def phases_of(tasks: Sequence[Task]) -> list[Phase]:
    """The phases in their order."""
    return [_phase(name, label, [task for task in tasks if _belongs(task, name)]) for name, label in PHASES.items()]


def seconds_of(phases: Sequence[Phase]) -> dict[str, float]:
    """Time of the tasks of each phase, by its name."""
    return {phase.label.lower(): round(phase.seconds, 1) for phase in phases}


def _phase(name: str, label: str, tasks: Sequence[Task]) -> Phase:
    at_work = [task for task in tasks if task.state in AT_WORK]
    ended = sum(task.state in ENDED for task in tasks)
    return Phase(
        name=name,
        label=label,
        state=_state(tasks, ended, bool(at_work)),
        task=at_work[0].task_id.partition(".")[2] or name if at_work else "",
        ended=ended,
        tasks=len(tasks),
        seconds=sum(task.seconds for task in tasks),
    )


def _state(tasks: Sequence[Task], ended: int, at_work: bool) -> str:
    if any(task.state == "failed" for task in tasks):
        return "failed"
    if tasks and ended == len(tasks):
        return "skipped" if all(task.state == "skipped" for task in tasks) else "done"
    return "running" if at_work or ended else "waiting"


def _belongs(task: Task, name: str) -> bool:
    return task.task_id.partition(".")[0] == name
