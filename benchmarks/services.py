"""Local services of a benchmark's own, so that it meets nothing that runs already."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[1]


@contextlib.contextmanager
def running(directory: Path, *services: str) -> Iterator[dict[str, str]]:
    """Start services with all that they need, and remove them in the end.

    Args:
        directory: where they live; what is downloaded is kept elsewhere.
        services: names, as `python -m local up` takes them.

    Yields:
        URL by name.
    """
    cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
    environment = {**os.environ, "LOCAL_DIR": str(directory), "LOCAL_CACHE": cache}

    def run(*arguments: str) -> None:
        command = [sys.executable, "-m", "local", *arguments]
        subprocess.run(command, cwd=PROJECT, env=environment, check=True, stdout=subprocess.DEVNULL)

    try:
        run("up", *services)
        state = json.loads((directory / "stack.json").read_text("utf-8"))
        yield {name: service["url"] for name, service in state["services"].items() if service.get("url")}
    finally:
        run("down", "--purge")
