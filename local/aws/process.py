"""Programs that the stand-in runs as containers would: their own group and environment, ended with the stand-in."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

LEASH = Path(__file__).with_name("leash.py")
INHERITED = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES")
"""All that a program gets of the stand-in's environment: what a machine needs to run one, and no secret."""


class Process:
    """A running program whose standard output and error come as one stream of lines.

    The thread that makes one must live as long as the program (see leash.py).
    """

    def __init__(
        self, command: Sequence[str], folder: Path, environment: Mapping[str, str], sockets: Sequence[int] = ()
    ) -> None:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self._popen = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command],
            cwd=folder,
            env={**inherited, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            pass_fds=tuple(sockets),
        )
        self.pid = self._popen.pid
        self._reaper = threading.Thread(target=self._reap, name=f"reap-{self.pid}", daemon=True)
        self._reaper.start()

    def lines(self) -> Iterator[str]:
        """What the program writes, to its end."""
        with cast("IO[bytes]", self._popen.stdout) as output:
            for line in output:
                yield line.decode(errors="replace").rstrip("\r\n")

    def wait(self) -> int:
        """Its exit status; 128 + N if signal N ended it."""
        self._reaper.join()
        return self._popen.wait()

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._popen.poll() is None

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM to its group, and SIGKILL when it has not ended after the grace time."""
        self._signal(signal.SIGTERM)
        try:
            self._popen.wait(timeout=grace_seconds)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)

    def _reap(self) -> None:
        self._popen.wait()
        self._signal(signal.SIGKILL)  # what it left running would hold its output open for ever

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):  # PermissionError: macOS, of a group of zombies
            os.killpg(self.pid, number)
