"""What the package is: its version, where it comes from, and the SHA-256 of every file."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

from local import PROJECT
from local.package import LOWEST_AIRFLOW, NEWEST_AIRFLOW

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "manifest.json"


def manifest_of(folder: Path, in_plugins: Mapping[str, Path]) -> dict[str, Any]:
    """The manifest of what lies in a folder.

    Args:
        folder: of the package.
        in_plugins: what plugins.zip holds.
    """
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != NAME)
    return {
        "name": project["name"],
        "version": project["version"],
        "revision": _revision(),
        "python": project["requires-python"],
        "airflow_tested": [LOWEST_AIRFLOW, NEWEST_AIRFLOW],
        "files": {path.relative_to(folder).as_posix(): _sha256(path) for path in files},
        "plugins.zip": {name: _sha256(path) for name, path in sorted(in_plugins.items())},
    }


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Put it beside the files."""
    (folder / NAME).write_text(json.dumps(manifest, indent=2) + "\n", "utf-8")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _revision() -> str | None:
    """The commit, with `-changed` if files differ from it; None outside a git checkout, or without git."""
    try:
        head = _git("rev-parse", "HEAD")
        return f"{head}-changed" if head and _git("status", "--porcelain") else head
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(*arguments: str) -> str:
    command = ("git", "-C", str(PROJECT), *arguments)
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
