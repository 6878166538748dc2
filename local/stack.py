"""The stack of one folder, brought up, looked at and taken down."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from local import PROJECT, LocalError, postgres
from local.airflow import MIGRATE
from local.celery import broker, chosen_executor
from local.health import answer
from local.ports import assign
from local.processes import family, find
from local.services import (
    GROUPS,
    NAMES,
    PORT_OWNERS,
    Site,
    default_names,
    inherited,
    loopback_without_proxy,
    service_makers,
)
from local.services import environment as site_environment
from local.startup import last_lines, start
from local.state import FILE, State
from local.supervisor import Progress, Supervisor, closure, mark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from local.state import Record
    from local.supervisor import Watch

LOGS = "logs"
# What `down --purge` deletes; the cache of downloads stays.
DATA = (
    *("opensearch", "gateway", "aws", "airflow", "airflow-celery", postgres.FOLDER, postgres.PASSWORD),
    *(broker.FOLDER, broker.PASSWORD, LOGS, FILE),
)
MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Status:
    """How a service is.

    Attributes:
        state: `healthy`, `starting`, `not answering`, `died` or `stopped`.
        rss_mib: resident memory of its own process.
        pss_mib: memory of it and all it started, shared pages divided among those that share them; 0 if not known.
    """

    name: str
    state: str
    record: Record | None = None
    rss_mib: float = 0.0
    pss_mib: float = 0.0


def local_directory() -> Path:
    """Where the stack lives: $LOCAL_DIR, or `.local` in the project."""
    return Path(os.environ.get("LOCAL_DIR") or PROJECT / ".local").absolute()


def cache_directory() -> Path:
    """Where downloads are kept: $LOCAL_CACHE, or `cache` in the stack's folder."""
    return Path(os.environ.get("LOCAL_CACHE") or local_directory() / "cache").absolute()


def up(names: Sequence[str], watch: Watch) -> list[Progress]:
    """Start services with all they need, and wait until they are healthy.

    Args:
        names: services, or `airflow` for all of Airflow; none for everything but Airflow.
        watch: told how far each is.

    Raises:
        LocalError: a name is unknown, something is missing, or a service did not get up.
    """
    supervisor = _supervisor()
    with supervisor.state.locked():
        supervisor.state = State.load(supervisor.state.directory)
        site = _site(supervisor)
        wanted = _expanded(names) or default_names(site)
        return start(supervisor, closure(service_makers(site), wanted), watch)


def down(names: Sequence[str], watch: Watch, *, purge: bool = False) -> list[Progress]:
    """Stop what was started here, and nothing else.

    Args:
        names: services or groups; none for all.
        watch: told how far each is.
        purge: delete indices, buckets, Airflow's database and logs too, but not the downloads.

    Raises:
        LocalError: a name is unknown.
    """
    supervisor = _supervisor()
    with supervisor.state.locked():
        supervisor.state = State.load(supervisor.state.directory)
        board = supervisor.stop(_known(_expanded(names)) or list(supervisor.state.records), watch)
        if purge:
            _purge(supervisor.state.directory)
        return board


def status() -> list[Status]:
    """How every service is, those that do not run included."""
    state = State.load(local_directory())
    return [_status(state, name) for name in NAMES if name != MIGRATE or name in state.records]


def check_alive(directory: Path) -> None:
    """See that every service that was started still runs; for those who wait for what they do together.

    Args:
        directory: where the stack lives.

    Raises:
        LocalError: one has died.
    """
    for name, record in State.load(directory).records.items():
        if not find(record.identity):
            raise LocalError(
                f"{name} has died. Its last lines:\n\n{last_lines(Path(record.log))}\n\nThe whole log: {record.log}\n"
                f"`python -m local up {name}` starts it again."
            )


def environment() -> dict[str, str]:
    """The variables by which Airflow, its tasks, tests and the demo find this stack; to be laid over one's own.

    Raises:
        LocalError: no service of it has ever been started: the ports are not known.
    """
    state = State.load(local_directory())
    if set(state.ports) != set(PORT_OWNERS):
        raise LocalError(f"{state.path} names no ports yet. Start the stack first: python -m local up")
    site = Site(state.directory, cache_directory(), state.ports, opensearch_url(), chosen_executor())
    return {**site_environment(site), **loopback_without_proxy()}


def log_of(name: str) -> Path:
    """Where the output of a service is.

    Raises:
        LocalError: there is no such service, or it has never been started.
    """
    _known([name])
    log = local_directory() / LOGS / f"{name}.log"
    if not log.exists():
        raise LocalError(f"{name} has never been started: there is no {log}.")
    return log


def opensearch_url() -> str:
    """Another OpenSearch to be used in place of the local one: $OPENSEARCH_URL."""
    return os.environ.get("OPENSEARCH_URL", "")


def _supervisor() -> Supervisor:
    directory = local_directory()
    return Supervisor(State(directory), directory / LOGS, inherited())


def _site(supervisor: Supervisor) -> Site:
    state = supervisor.state
    in_use = [port for port, owner in PORT_OWNERS.items() if supervisor.running(owner)]
    state.ports = assign(PORT_OWNERS, state.ports, in_use)
    state.save()
    return Site(state.directory, cache_directory(), state.ports, opensearch_url(), chosen_executor())


def _expanded(names: Iterable[str]) -> list[str]:
    return [it for name in names for it in GROUPS.get(name, (name,))]


def _known(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in NAMES:
            raise LocalError(f"There is no service {name!r}. Services: {', '.join((*NAMES, *GROUPS))}.")
    return names


def _status(state: State, name: str) -> Status:
    record = state.records.get(name)
    if not record:
        return Status(name, "stopped")
    process = find(record.identity)
    if not process:
        return Status(name, "died", record)
    rss = process.memory_info().rss / MEBIBYTE
    pss = sum(_pss(it) for it in family(record.identity, mark(state, name))) / MEBIBYTE
    return Status(name, _condition(record), record, rss, pss)


def _condition(record: Record) -> str:
    if not record.was_healthy:
        return "starting"
    return "healthy" if not record.health or answer(record.health) is not None else "not answering"


def _pss(process: psutil.Process) -> int:
    try:
        return int(getattr(process.memory_full_info(), "pss", 0))
    except psutil.Error:
        return 0


def _purge(directory: Path) -> None:
    for name in DATA:
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
