"""Runs a program tied to the life of the process that started it: `python leash.py PARENT_PID PROGRAM …`.

On Linux the kernel tells this process when its parent has died, even by SIGKILL, and it then kills its process group:
the program and all that the program has started. A file of its own, run by path and without imports of the project,
because the tie must be made in the child, and `preexec_fn` is not safe in a process with threads. The kernel means the
parent *thread*: whoever starts a leashed program must outlive it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Runs the program in this process's group and gives its exit status, -N if signal N ended it."""
    parent, program = int(arguments[0]), arguments[1:]
    leash = os.getpid()
    child = os.fork()
    if child == 0:
        _tie_to(leash, signal.SIGKILL)
        os.execvp(program[0], program)  # noqa: S606 - no shell is wanted
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # it goes to the whole group: the program decides
    signal.signal(signal.SIGUSR1, lambda *_: _kill_group())
    _tie_to(parent, signal.SIGUSR1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _tie_to(parent: int, number: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it died before it could be told of
            _kill_group()


def _kill_group() -> None:
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.exit(status if status >= 0 else 128 - status)
