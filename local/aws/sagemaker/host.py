"""One instance of a training job: its /opt/ml, its program and what that prints."""

from __future__ import annotations

import shutil
from collections import deque
from typing import TYPE_CHECKING

from local.aws.process import Process
from local.aws.sagemaker.folders import Folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from local.aws.log_stream import LogStream

LONGEST_REASON = 1024


class Host:
    """An instance that waits for its program, runs it, or has run it.

    Args:
        name: that the other hosts know it by.
        root: of its tree, which stands for /opt/ml.
        log: its stream.
    """

    folders: Folders

    def __init__(self, name: str, root: Path, log: LogStream) -> None:
        self.name, self.root, self.log = name, root, log
        self.status = 0
        self._last_lines: deque[str] = deque(maxlen=30)
        self._process: Process | None = None

    def empty(self) -> None:
        """A new instance, or another one in the place of one that was taken away."""
        self.folders = Folders(self.root)
        self.status, self._process = 0, None

    def copy_inputs(self, other: Host) -> None:
        """What another one was given: SageMaker gives all hosts the same."""
        for folder in ("input", "code"):
            shutil.copytree(other.root / folder, self.root / folder, dirs_exist_ok=True)

    def add_outputs(self, other: Host) -> None:
        """What another one left, beside its own: SageMaker makes one archive of all hosts' files."""
        for folder in ("model", "output/data"):
            shutil.copytree(other.root / folder, self.root / folder, dirs_exist_ok=True)

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Starts the program; the calling thread must live as long as it."""
        self._process = Process(command, self.folders.code, environment)

    def lines(self) -> Iterator[str]:
        """What the program prints, to its end; then `status` is its exit status."""
        if self._process is None:
            return
        for line in self._process.lines():
            self._last_lines.append(line)
            self.log.write(line)
            yield line
        self.status = self._process.wait()

    def end(self, grace_seconds: float) -> None:
        """Ends the program."""
        if self._process is not None:
            self._process.stop(grace_seconds)

    def failed_at(self) -> float:
        """When it told why it failed; the end of time if it told nothing."""
        return self.folders.failure.stat().st_mtime if self.folders.failure.exists() else float("inf")

    def reason(self, command: Sequence[str]) -> str:
        """Why it failed, as the toolkit tells SageMaker."""
        end = f", exit code: {self.status}"
        if self.folders.failure.exists():
            own = self.folders.failure.read_text(errors="replace").strip()
            return f"AlgorithmError: {own[: LONGEST_REASON - len(end) - 16]}{end}"
        end = f'"\nCommand "{" ".join(command)[:300]}"{end}'
        start = f'AlgorithmError: ExecuteUserScriptError:\nExitCode {self.status}\nErrorMessage "'
        said = "\n".join(_from_traceback(list(self._last_lines)))
        return f"{start}{said[-(LONGEST_REASON - len(start) - len(end)) :]}{end}"


def _from_traceback(lines: list[str]) -> list[str]:
    starts = [number for number, line in enumerate(lines) if line.startswith("Traceback (most recent call last)")]
    return lines[starts[-1] :] if starts else lines[-5:]
