"""The way of a group of services to being healthy: one step each, again and again, until all are there."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from local import LocalError
from local.processes import exit_status, pause
from local.supervisor import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from local.processes import Identity
    from local.supervisor import Phase, Service, Supervisor, Watch

LAST_LINES = 15


def start(supervisor: Supervisor, services: Sequence[Service], watch: Watch) -> list[Progress]:
    """Start what does not run and wait until all of it is healthy.

    What runs already is left alone, unless its command or environment is no longer what it should be.

    Args:
        supervisor: of the folder.
        services: each after those it needs (`closure`).
        watch: told how far each is, several times a second.

    Raises:
        LocalError: one died, or was not healthy in time. The others run on and are noted down.
    """
    board = [Progress(it.name) for it in services]
    began = time.monotonic()

    def show() -> None:
        for progress in board:
            if not progress.is_up:
                progress.seconds = time.monotonic() - began
        watch(board)

    ascents = [_Ascent(supervisor, it, progress, show) for it, progress in zip(services, board, strict=True)]
    # One whose preparation takes long does not keep the others from being started.
    ascents.sort(key=lambda it: it.service.prepare is not None)
    while not all(it.is_up for it in board):
        for ascent in ascents:
            ascent.step({it.name for it in board if it.is_up})
        show()
        pause()
    return board


def last_lines(log: Path, count: int = LAST_LINES) -> str:
    """The end of a log."""
    if not log.exists():
        return ""
    with log.open("r", encoding="utf-8", errors="replace") as lines:
        return "".join(deque(lines, count)).rstrip()


class _Ascent:
    """One service on its way up."""

    def __init__(self, supervisor: Supervisor, service: Service, progress: Progress, show: Callable[[], None]) -> None:
        self.supervisor = supervisor
        self.service = service
        self.progress = progress
        self.show = show
        self.launched: Identity | None = None

    def step(self, up: set[str]) -> None:
        if self.progress.phase == "waiting" and up.issuperset(self.service.needs):
            self._begin()
        elif self.progress.phase == "starting":
            (self._look_at_work if self.service.once else self._look)()

    def _begin(self) -> None:
        service = self.service
        if service.once and service.is_healthy(0):
            self._arrive("done", "had been done before")
            return
        record = self.supervisor.running(service.name)
        if record and record.digest == service.digest():
            self.progress.phase, self.progress.detail = "starting", "running already"
        else:
            self._launch("restarted, its settings have changed" if record else "")

    def _launch(self, detail: str) -> None:
        self.supervisor.end(self.service.name)
        if self.service.prepare:
            self.progress.phase = "preparing"
            self.service.prepare(self._tell)
        self.launched = self.supervisor.launch(self.service)
        self.progress.phase, self.progress.detail = "starting", detail

    def _tell(self, detail: str) -> None:
        self.progress.detail = detail
        self.show()

    def _look(self) -> None:
        record = self.supervisor.running(self.service.name)
        if not record:
            raise self._failure(f"died at its start ({self._ending()})")
        if self.service.is_healthy(record.started):
            if self.service.after:
                self.service.after()
            self.supervisor.note_healthy(self.service.name)
            self._arrive("healthy", self.progress.detail)
        elif time.time() - record.started > self.service.timeout_s:
            raise self._failure(f"was not healthy after {self.service.timeout_s:.0f} s; it still runs")

    def _look_at_work(self) -> None:
        if self.supervisor.running(self.service.name):
            return
        if not self.launched:  # by an earlier `up`, and how it ended is not known
            self._launch("")
            return
        status = exit_status(self.launched)
        if status != 0:
            raise self._failure(f"failed (exit status {status})")
        if self.service.after:
            self.service.after()
        self.supervisor.end(self.service.name)
        self._arrive("done", "")

    def _arrive(self, phase: Phase, detail: str) -> None:
        self.progress.phase, self.progress.detail = phase, detail

    def _ending(self) -> str:
        status = exit_status(self.launched) if self.launched else None
        return "it had been started before" if status is None else f"exit status {status}"

    def _failure(self, what: str) -> LocalError:
        log = self.supervisor.log(self.service.name)
        return LocalError(
            f"{self.service.name} {what}. Its last lines:\n\n{last_lines(log)}\n\nThe whole log: {log}\n"
            "What was started runs on; `python -m local down` stops it."
        )
