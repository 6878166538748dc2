"""Becomes another program, tied to the life of the process that started it: `python leash.py PARENT_PID PROGRAM …`.

On Linux the kernel then kills the program when its parent dies, even by SIGKILL. A file of its own, run by path and
without imports of the project, because the tie must be made in the child, after fork: `preexec_fn` is not safe in a
process with threads. The kernel means the parent *thread*: whoever starts a leashed child must outlive it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    """Ties this process to its parent and becomes the program."""
    parent, program = int(arguments[0]), arguments[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died between fork and prctl
            os._exit(1)
    os.execvp(program[0], program)  # noqa: S606 - no shell is wanted


if __name__ == "__main__":
    main(sys.argv[1:])
