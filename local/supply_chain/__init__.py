"""What is installed here: its known vulnerabilities (`audit.py`) and its bill of materials (`sbom.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

TOOLS = PROJECT / ".venv-audit" / "bin"
"""pip-audit and cyclonedx-py, in an environment of their own."""
ENVIRONMENTS = (".venv", ".venv-containers", ".venv-celery", ".venv-audit")

OLD_AIRFLOW = "lowest"
"""What Airflow 3.0.6 pins by its own constraints: only its test installs it, and it is not ours to mend."""


def requirement_files() -> list[Path]:
    """Every pinned file."""
    return sorted((PROJECT / "requirements").glob("*.txt"))
