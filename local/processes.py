"""Processes that this stack started: recognised without mistake, ended with everything they started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path
    from types import FrameType

# Every process carries it in its environment, and hands it down: descendants are found even when their parent is gone.
MARK = "LOCAL_STACK_SERVICE"
# psutil computes the time of creation from the clock of the system, which may be set in between.
CLOCK_TOLERANCE_S = 1.0
POLL_S = 0.1


@dataclass(frozen=True)
class User:
    """Whom a process runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Identity:
    """A process for good: its number is given again one day, the pair is not.

    Attributes:
        pid: the process and, since it was started as a leader, its group.
        created: seconds since 1970.
    """

    pid: int
    created: float


def pause(seconds: float = POLL_S) -> None:
    """Let time pass between two looks at something that cannot call back."""
    threading.Event().wait(seconds)


def spawn(
    command: Sequence[str],
    environment: Mapping[str, str],
    directory: Path,
    output: IO[bytes],
    user: User | None = None,
) -> Identity:
    """Start a command as the leader of a session of its own, so that Ctrl-C in the terminal does not reach it."""
    as_user: dict[str, Any] = {"user": user.uid, "group": user.gid, "extra_groups": []} if user else {}
    process = subprocess.Popen(
        command,
        env=dict(environment),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        **as_user,
    )
    process.returncode = 0  # it shall outlive us: Popen would warn that nobody waits for it
    return Identity(process.pid, psutil.Process(process.pid).create_time())


def exit_status(identity: Identity) -> int | None:
    """How a process ended that we started ourselves: negative for a signal, None while it runs or if unknown."""
    try:
        pid, status = os.waitpid(identity.pid, os.WNOHANG)
    except ChildProcessError:
        return None
    return os.waitstatus_to_exitcode(status) if pid else None


def find(identity: Identity) -> psutil.Process | None:
    """The process, unless it has ended or its number is another's by now."""
    try:
        process = psutil.Process(identity.pid)
        same = abs(process.create_time() - identity.created) <= CLOCK_TOLERANCE_S
        return process if same and is_alive(process) else None
    except psutil.NoSuchProcess:
        return None


def is_alive(process: psutil.Process) -> bool:
    """Whether it runs; one that ended and that nobody waited for does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def family(identity: Identity, mark: str) -> list[psutil.Process]:
    """The process, its descendants, its group, and whatever carries its mark; each only while it runs."""
    members: dict[int, psutil.Process] = {}
    leader = find(identity)
    if leader:
        with contextlib.suppress(psutil.NoSuchProcess):
            members = {it.pid: it for it in [leader, *leader.children(recursive=True)]}
    for process in psutil.process_iter():
        if process.pid != os.getpid() and (_is_marked(process, mark) or (leader and _in_group(process, leader))):
            members.setdefault(process.pid, process)
    return [it for it in members.values() if is_alive(it)]


def end(members: Sequence[psutil.Process], grace_s: float) -> list[psutil.Process]:
    """Ask processes to end, wait, and kill those that did not.

    Args:
        members: what `family` found.
        grace_s: how long they may take.

    Returns:
        Those that had to be killed.
    """
    for process in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    stubborn = wait_gone(members, grace_s)
    for process in stubborn:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    wait_gone(stubborn, grace_s)
    return stubborn


def wait_gone(members: Sequence[psutil.Process], timeout_s: float) -> list[psutil.Process]:
    """Those that still run when all others have ended or the time is over."""
    left = list(members)
    for _ in range(max(1, round(timeout_s / POLL_S))):
        left = [it for it in left if is_alive(it)]
        if not left:
            break
        pause()
    return left


@contextlib.contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold back Ctrl-C, SIGTERM and SIGHUP until the block is done, then deliver them.

    Between the start of a process and the note of its number there must be no way out.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pending: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        pending.append(number)

    previous = {it: signal.signal(it, remember) for it in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for held, handler in previous.items():
            signal.signal(held, handler)
        for number in pending[:1]:
            signal.raise_signal(number)


def _is_marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.environ().get(MARK) == mark
    except (psutil.Error, OSError):
        return False


def _in_group(process: psutil.Process, leader: psutil.Process) -> bool:
    try:
        return os.getpgid(process.pid) == leader.pid
    except ProcessLookupError:
        return False
