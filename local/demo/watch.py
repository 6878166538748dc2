"""Follows a run to its end: a live table in a terminal, a line whenever something changes elsewhere."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.live import Live
from rich.table import Table

from local.console import say
from local.demo.phases import phases_of
from local.processes import pause
from local.stack import check_alive, local_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from local.demo.airflow_api import Airflow
    from local.demo.detail import Details
    from local.demo.phases import Phase

MARKS = {"waiting": "·", "running": "▶", "done": "✓", "skipped": "-", "failed": "✗"}
STYLES = {"waiting": "dim", "running": "bold yellow", "done": "green", "skipped": "dim", "failed": "bold red"}
LINE_EVERY_SECONDS = 15
LOOK_EVERY_SECONDS = 1.0


def follow(airflow: Airflow, run_id: str, details: Details) -> tuple[str, list[Phase]]:
    """Show the run until it ends; returns its state, `success` or `failed`, and its phases.

    Raises:
        LocalError: a service of this machine's stack has died, so that it might never end.
    """
    console = Console()
    show = _Screen(console) if console.is_terminal else _Lines()
    with show:
        directory = local_directory()
        while True:
            state = airflow.run_state(run_id)
            phases = phases_of(airflow.tasks(run_id))
            show.update(phases, {phase.name: details.of(phase.name) for phase in phases if phase.state == "running"})
            if state in ("success", "failed"):
                return state, phases
            check_alive(directory)
            pause(LOOK_EVERY_SECONDS)


class _Screen:
    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=4)
        self._began = time.monotonic()

    def __enter__(self) -> _Screen:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def update(self, phases: Sequence[Phase], how_far: dict[str, str]) -> None:
        table = Table("", "phase", "now", "how far", "tasks", "time", box=None, padding=(0, 2), expand=False)
        for phase in phases:
            ended = f"{phase.ended}/{phase.tasks}"
            table.add_row(MARKS[phase.state], *_now(phase, how_far), ended, _time(phase), style=STYLES[phase.state])
        table.caption = f"{time.monotonic() - self._began:.0f} s since the trigger"
        self._live.update(table)


class _Lines:
    def __init__(self) -> None:
        self._shown: dict[str, tuple[str, float]] = {}

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def update(self, phases: Sequence[Phase], how_far: dict[str, str]) -> None:
        now = time.monotonic()
        for phase in phases:
            state, since = self._shown.get(phase.name, ("waiting", now))
            due = bool(phase.task) and now - since > LINE_EVERY_SECONDS
            if phase.state != state or due:
                self._shown[phase.name] = (phase.state, now)
                ended = "skipped" if phase.state == "skipped" else f"{phase.ended} of {phase.tasks} tasks"
                say("  ".join(filter(None, (MARKS[phase.state], *_now(phase, how_far), ended, _time(phase)))))


def _now(phase: Phase, how_far: dict[str, str]) -> tuple[str, str, str]:
    return f"{phase.label:<10}", phase.task, how_far.get(phase.name, "")


def _time(phase: Phase) -> str:
    return f"{phase.seconds:.0f} s" if phase.seconds else ""
