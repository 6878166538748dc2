"""Start, watch and stop services. Knows nothing of what it runs."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from local import LocalError
from local.health import answer
from local.processes import MARK, end, family, find, spawn, uninterrupted
from local.state import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from local.processes import Identity, User
    from local.state import State

    Watch = Callable[["Sequence[Progress]"], None]

GRACE_S = 20.0
# Whoever has lost its parent has nothing to bring to an end; Airflow's workers then do not react to SIGTERM at all.
ORPHAN_GRACE_S = 2.0


@dataclass(frozen=True)
class Service:
    """Something that runs.

    Attributes:
        name: as the user types it.
        command: the program and its arguments.
        directory: its working directory.
        environment: what it gets beside the environment that all services inherit.
        url: where it answers, for people.
        health: the address that answers 200 once it is healthy.
        probe: asked instead where one address is not enough; told when the process was started (seconds since 1970).
        user: whom it runs as, if not as ourselves.
        needs: services that must be healthy before it is started.
        uses: services that are started when it is, but that it does not wait for.
        once: it does its work and ends with exit status 0; `probe` tells whether that has been done before.
        prepare: runs before the start; may take long, and says how far it is.
        after: runs once it is healthy (or done), before those are started that need it.
        timeout_s: how long it may take to become healthy.
    """

    name: str
    command: tuple[str, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    url: str = ""
    health: str = ""
    probe: Callable[[float], bool] | None = None
    user: User | None = None
    needs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()
    once: bool = False
    prepare: Callable[[Callable[[str], None]], None] | None = None
    after: Callable[[], None] | None = None
    timeout_s: float = 180

    def is_healthy(self, since: float) -> bool:
        """Whether it does what it is there for; `since` is when its process was started."""
        return self.probe(since) if self.probe else answer(self.health) is not None

    def digest(self) -> str:
        """Changes when the command or its environment does."""
        parts = [self.command, sorted(self.environment.items()), str(self.directory)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


Phase = Literal["waiting", "preparing", "starting", "healthy", "done", "stopping", "stopped"]


@dataclass
class Progress:
    """How far a service is on its way up or down; seconds count from the start of the whole."""

    name: str
    phase: Phase = "waiting"
    detail: str = ""
    seconds: float = 0.0

    @property
    def is_up(self) -> bool:
        """Whether those that need it may be started."""
        return self.phase in ("healthy", "done")


def closure(makers: Mapping[str, Callable[[], Service]], names: Iterable[str]) -> list[Service]:
    """The named services and everything that they need or use, each after what it needs.

    Args:
        makers: every service by name; only those that are wanted are made.
        names: what shall run.

    Raises:
        LocalError: a name is not one of a service.
    """
    wanted: dict[str, Service] = {}

    def add(name: str) -> None:
        if name in wanted:
            return
        if name not in makers:
            raise LocalError(f"There is no service {name!r} here. Services: {', '.join(makers)}.")
        service = makers[name]()
        for other in service.needs:
            add(other)
        wanted[name] = service
        for other in service.uses:
            add(other)

    for name in names:
        add(name)
    return list(wanted.values())


def mark(state: State, name: str) -> str:
    """What every process of a service carries in its environment."""
    return f"{state.directory}:{name}"


class Supervisor:
    """The services of one folder.

    Args:
        state: tells what was started; changed and saved with every start and stop.
        logs: the folder of the services' output.
        inherited: the environment that all of them get.
    """

    def __init__(self, state: State, logs: Path, inherited: Mapping[str, str]) -> None:
        self.state = state
        self.logs = logs
        self.inherited = inherited

    def running(self, name: str) -> Record | None:
        """The record of a service whose process runs."""
        record = self.state.records.get(name)
        return record if record and find(record.identity) else None

    def log(self, name: str) -> Path:
        """Where the output of a service goes."""
        return self.logs / f"{name}.log"

    def launch(self, service: Service) -> Identity:
        """Start one service and note it down; an earlier process of it must have been ended."""
        environment = {**self.inherited, **service.environment, MARK: mark(self.state, service.name)}
        log = self._fresh_log(service.name)
        with log.open("wb") as output, uninterrupted():
            identity = spawn(service.command, environment, service.directory, output, service.user)
            self.state.records[service.name] = Record(
                identity=identity,
                started=time.time(),
                log=str(log),
                url=service.url,
                health=service.health,
                digest=service.digest(),
                uses=(*service.needs, *service.uses),
            )
            self.state.save()
        return identity

    def note_healthy(self, name: str) -> None:
        """Remember that a service has been healthy."""
        self.state.records[name] = replace(self.state.records[name], was_healthy=True)
        self.state.save()

    def stop(self, names: Iterable[str], watch: Watch) -> list[Progress]:
        """Stop services, each before those that it needs or uses; says of each how it went.

        Args:
            names: those that were not started here are passed over.
            watch: told how far each is.
        """
        board = [Progress(it) for it in self._stop_order(set(names))]
        began = time.monotonic()
        for progress in board:
            progress.phase = "stopping"
            watch(board)
            progress.detail = self.end(progress.name)
            progress.phase, progress.seconds = "stopped", time.monotonic() - began
            watch(board)
        return board

    def end(self, name: str) -> str:
        """End a service with all it started, also where its own process has died; says what was noticed."""
        record = self.state.records.get(name)
        if not record:
            return ""
        was_running = find(record.identity) is not None
        grace_s = GRACE_S if was_running else ORPHAN_GRACE_S
        killed = end(family(record.identity, mark(self.state, name)), grace_s)
        del self.state.records[name]
        self.state.save()
        if not was_running:
            return "had ended before"
        return f"did not end in {grace_s:.0f} s and was killed" if killed else ""

    def _stop_order(self, names: set[str]) -> list[str]:
        left = [it for it in reversed(self.state.records) if it in names]
        order: list[str] = []
        while left:
            used = {other for name in left for other in self.state.records[name].uses}
            order.append(next((it for it in left if it not in used), left[0]))
            left.remove(order[-1])
        return order

    def _fresh_log(self, name: str) -> Path:
        log = self.log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
        return log
