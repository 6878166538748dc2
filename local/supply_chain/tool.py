"""Runs the tools of .venv-audit."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from local import LocalError
from local.supply_chain import TOOLS

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMEOUT_SECONDS = 900


def run(name: str, arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """What the tool said.

    Raises:
        LocalError: it is not installed, or does not come to an end.
    """
    command = [str(TOOLS / name), *arguments]
    if not (TOOLS / name).exists():
        raise LocalError(f"{TOOLS / name} is not there. It is installed by: make audit sbom")
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise LocalError(f"{name} has not ended in {TIMEOUT_SECONDS} s: {' '.join(command)}") from error
