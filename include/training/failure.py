"""Tells SageMaker, in one sentence, why a job failed."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from .errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

SHOWN_CHARACTERS = 1024


class FailureFile:
    """A context whose failure is written to the file that becomes the job's FailureReason.

    A `TrainingError` ends the process with exit status 1 and its message alone; anything else keeps its traceback. Of
    several processes on one host the first to fail is the one that is read: the others fail for want of it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None or isinstance(error, SystemExit):
            return
        expected = isinstance(error, TrainingError)
        reason = str(error) if expected else f"{type(error).__name__}: {error}. The traceback is at the end of the log."
        self._write(reason[:SHOWN_CHARACTERS])
        if expected:
            sys.stderr.write(f"{reason}\n")
            raise SystemExit(1) from None

    def _write(self, reason: str) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError), self._path.open("x", encoding="utf-8") as file:
            file.write(reason)
