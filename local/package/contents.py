"""Which files of the project belong to the package, and where they lie in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local import PROJECT

if TYPE_CHECKING:
    from pathlib import Path

IGNORED = ("__pycache__", ".mypy_cache", ".ruff_cache")


def plugin_files() -> dict[str, Path]:
    """What plugins.zip holds, by name: everything of `plugins/`, and `include/` beside it.

    Airflow puts the folder into which it is unpacked on `sys.path`; so both packages are importable, wherever the
    project's root is.
    """
    return {**_files(PROJECT / "plugins", PROJECT / "plugins"), **_files(PROJECT / "include", PROJECT)}


def dag_files() -> dict[str, Path]:
    """The DAGs, by name below the DAGs folder, and `config/`, which they find beside them."""
    return {**_files(PROJECT / "dags", PROJECT / "dags"), **_files(PROJECT / "config", PROJECT)}


def _files(folder: Path, root: Path) -> dict[str, Path]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and not set(path.parts) & set(IGNORED))
    return {path.relative_to(root).as_posix(): path for path in found}
