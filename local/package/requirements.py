"""The requirement files of the package, from the ranges of pyproject.toml."""

from __future__ import annotations

import re
import tomllib

from local import PROJECT

HEAD = """\
# For Airflow {airflow}. Neither PyTorch nor sentence-transformers: they run in containers.
# Ranges, without hashes: the constraints of your Airflow choose the versions, and hashes would have to name them all.
"""
AIRFLOW = "apache-airflow"
NEEDS_NUMPY_2 = "py3langid"
"""Constraints of Airflow 3.0 hold NumPy at 1.26. Without it queries in a foreign language are kept."""


def requirement_files() -> dict[str, str]:
    """Texts by file name: `requirements.txt` for Airflow 3.1 and newer, `requirements-3.0.txt` for 3.0 (MWAA 3.0.6)."""
    ranges = [line for line in _dependencies() if _name(line) != AIRFLOW]
    old = [line for line in ranges if _name(line) != NEEDS_NUMPY_2]
    return {
        "requirements.txt": _text(ranges, "3.1 or newer"),
        "requirements-3.0.txt": _text(old, "3.0, whose constraints hold NumPy below 2: without py3langid"),
    }


def _dependencies() -> list[str]:
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    return list(project["dependencies"])


def _name(requirement: str) -> str:
    return re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0]


def _text(lines: list[str], airflow: str) -> str:
    return HEAD.format(airflow=airflow) + "".join(f"{line}\n" for line in sorted(lines))
