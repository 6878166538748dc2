"""The supervisor with real processes: small Python programs in place of the stack's own."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from local import LocalError, supervisor
from local.health import answer, request_json
from local.ports import free_port
from local.processes import Identity, find, is_alive, pause, wait_gone
from local.startup import start
from local.state import State
from local.supervisor import Service, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.supervisor import Progress

SERVER = "from http.server import *; HTTPServer(('127.0.0.1', {port}), SimpleHTTPRequestHandler).serve_forever()"
CHILD = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()'], stdin=subprocess.PIPE{how}); "


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@pytest.fixture
def stack(folder: Path) -> Iterator[Supervisor]:
    """A supervisor of an empty folder; whatever a test leaves running is ended."""
    stack = Supervisor(State(folder), folder / "logs", dict(os.environ))
    yield stack
    stack.stop(list(stack.state.records), quietly)


def quietly(board: Sequence[Progress]) -> None:
    """Watch nothing."""


def server(name: str, before: str = "", **how: object) -> Service:
    """A web server that first runs some other code."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = (sys.executable, "-c", before + SERVER.format(port=port))
    return replace(
        Service(name=name, command=command, directory=Path("/"), url=url, health=f"{url}/etc/hostname"), **how
    )


def program(name: str, code: str, **how: object) -> Service:
    """A program that answers nowhere."""
    return replace(Service(name=name, command=(sys.executable, "-c", code), directory=Path("/")), **how)


def identity(stack: Supervisor, name: str) -> Identity:
    return stack.state.records[name].identity


def children(leader: Identity) -> list[psutil.Process]:
    """The children of a process, as soon as there are any."""
    process = psutil.Process(leader.pid)
    while not (found := process.children()):
        pause(0.02)
    return found


def test_start_service_that_answers_is_healthy_and_noted_down(stack: Supervisor, folder: Path) -> None:
    web = server("web")
    board = start(stack, [web], quietly)
    assert [it.phase for it in board] == ["healthy"]
    assert request_json(web.url)[0] == 200
    noted = State.load(folder).records["web"]
    assert noted.was_healthy
    assert find(noted.identity)


def test_start_again_leaves_what_runs_alone(stack: Supervisor) -> None:
    web = server("web")
    start(stack, [web], quietly)
    before = identity(stack, "web")
    board = start(stack, [web], quietly)
    assert board[0].detail == "running already"
    assert identity(stack, "web") == before


def test_start_with_other_settings_starts_it_anew(stack: Supervisor) -> None:
    web = server("web")
    start(stack, [web], quietly)
    before = identity(stack, "web")
    board = start(stack, [replace(web, environment={"CHANGED": "1"})], quietly)
    assert board[0].detail == "restarted, its settings have changed"
    assert not find(before)


def test_start_waits_for_what_is_needed_and_for_its_last_step(stack: Supervisor) -> None:
    order: list[str] = []
    first = server("first", after=lambda: order.append("after first"))
    second = server("second", needs=("first",), prepare=lambda tell: order.append("prepare second"))
    start(stack, [first, second], quietly)
    assert order == ["after first", "prepare second"]


def test_start_service_that_dies_shows_its_last_lines_and_leaves_the_others_running(stack: Supervisor) -> None:
    web = server("web")
    start(stack, [web], quietly)
    broken = server("broken", before="print('the disk is full'); raise SystemExit(3); ")
    with pytest.raises(
        LocalError, match=r"(?s)broken died at its start \(exit status 3\).*the disk is full.*broken\.log"
    ):
        start(stack, [web, broken], quietly)
    assert answer(web.health) is not None


def test_start_service_that_never_answers_is_given_up_in_time(stack: Supervisor) -> None:
    mute = program("mute", "import signal; signal.pause()", probe=lambda since: False, timeout_s=1)
    with pytest.raises(LocalError, match="mute was not healthy after 1 s; it still runs"):
        start(stack, [mute], quietly)
    assert stack.running("mute")


def test_start_work_that_is_done_once_runs_once(stack: Supervisor, folder: Path) -> None:
    done = folder / "done"
    work = program(
        "work", "print('worked')", once=True, probe=lambda since: done.exists(), after=lambda: done.write_text("")
    )
    assert start(stack, [work], quietly)[0].phase == "done"
    assert "work" not in stack.state.records
    assert start(stack, [work], quietly)[0].detail == "had been done before"


def test_start_work_that_fails_says_so(stack: Supervisor) -> None:
    with pytest.raises(LocalError, match=r"work failed \(exit status 1\)"):
        start(stack, [program("work", "raise SystemExit(1)", once=True, probe=lambda since: False)], quietly)


def test_start_keeps_the_log_of_the_run_before(stack: Supervisor) -> None:
    web = server("web", before="print('first', flush=True); ")
    start(stack, [web], quietly)
    stack.stop(["web"], quietly)
    start(stack, [web], quietly)
    assert stack.log("web").with_suffix(".previous.log").read_text().startswith("first")


def test_stop_ends_what_the_service_started_even_in_another_session(stack: Supervisor) -> None:
    parent = server("parent", before=CHILD.format(how=", start_new_session=True"))
    start(stack, [parent], quietly)
    offspring = children(identity(stack, "parent"))
    stack.stop(["parent"], quietly)
    assert not any(is_alive(it) for it in offspring)


def test_stop_ends_the_orphans_of_a_service_that_was_killed(stack: Supervisor) -> None:
    parent = server("parent", before=CHILD.format(how=", start_new_session=True"))
    start(stack, [parent], quietly)
    leader = psutil.Process(identity(stack, "parent").pid)
    offspring = children(identity(stack, "parent"))
    leader.kill()
    assert wait_gone([leader], 5) == []
    board = stack.stop(["parent"], quietly)
    assert board[0].detail == "had ended before"
    assert not any(is_alive(it) for it in offspring)


def test_stop_service_that_will_not_end_kills_it(stack: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "GRACE_S", 0.3)
    stubborn = server("stubborn", before="import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); ")
    start(stack, [stubborn], quietly)
    leader = identity(stack, "stubborn")
    board = stack.stop(["stubborn"], quietly)
    assert "was killed" in board[0].detail
    assert not find(leader)


def test_stop_does_not_touch_a_process_that_has_the_number_by_now(stack: Supervisor) -> None:
    start(stack, [server("web")], quietly)
    record = stack.state.records["web"]
    other = Supervisor(State(stack.state.directory / "other"), stack.logs, {})
    older = replace(record.identity, created=record.identity.created - 3600)
    other.state.records["web"] = replace(record, identity=older)
    assert other.stop(["web"], quietly)[0].detail == "had ended before"
    assert find(record.identity)


def test_stop_ends_each_before_what_it_uses(stack: Supervisor) -> None:
    base, top, side = server("base"), server("top", uses=("base",)), server("side", needs=("base",))
    start(stack, [base, top, side], quietly)
    stack.stop(["base"], quietly)
    start(stack, [base, top, side], quietly)
    assert [it.name for it in stack.stop(["base", "top", "side"], quietly)][-1] == "base"


def test_two_stacks_side_by_side_stop_only_their_own(stack: Supervisor, folder: Path) -> None:
    other = Supervisor(State(folder / "other"), folder / "other" / "logs", dict(os.environ))
    start(stack, [server("web")], quietly)
    start(other, [server("web")], quietly)
    kept = identity(stack, "web")
    other.stop(["web"], quietly)
    assert find(kept)


def test_ctrl_c_in_the_terminal_does_not_reach_a_service(stack: Supervisor) -> None:
    before = signal.getsignal(signal.SIGINT)
    start(stack, [server("web")], quietly)
    assert os.getpgid(identity(stack, "web").pid) != os.getpgid(0)
    assert signal.getsignal(signal.SIGINT) is before
