"""The floor process, from the side of the load generator."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

PROJECT = Path(__file__).parents[2]
# As the handler sets them before it imports torch.
SERVED = {"TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "passive"}
PYTHON = PROJECT / ".venv-containers" / "bin" / "python"


def container_environment() -> dict[str, str]:
    """What a process of the containers' interpreter needs to find this project and nothing on the network."""
    return {**os.environ, "PYTHONPATH": str(PROJECT), "HF_HUB_OFFLINE": "1", **SERVED}


class FloorProcess:
    """Runs the forward passes of pages in another process; a context manager.

    Args:
        model: its folder.
    """

    def __init__(self, model: Path) -> None:
        command = [PYTHON, "-m", "benchmarks.highlighting.floor_process", "--model", model]
        self._process = subprocess.Popen(
            list(map(str, command)),
            cwd=PROJECT,
            env=container_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> FloorProcess:
        """Itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends the process."""
        self._pipe(self._process.stdin).close()
        self._process.wait(timeout=60)

    def prepare(self, pages: Sequence[Sequence[tuple[str, str]]]) -> None:
        """Cut these pages' pairs of question and text into windows, and find how to group them."""
        self._ask({"pages": pages})

    def run(self, page: int) -> float:
        """Milliseconds of the forward passes of one page."""
        return self._ask(page)

    def _ask(self, what: Any) -> float:
        target = self._pipe(self._process.stdin)
        target.write(json.dumps(what) + "\n")
        target.flush()
        answer = self._pipe(self._process.stdout).readline()
        if not answer:
            raise SystemExit(f"The floor process has ended with {self._process.wait()}; see its output above.")
        return float(answer)

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise SystemExit("The floor process has no pipes.")
        return pipe
