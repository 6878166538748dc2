"""The package, built; and environments of the lowest and the newest Airflow with nothing of this project in them.

With $PACKAGE_AIRFLOW (and $PACKAGE_CONSTRAINTS, a file) it is that Airflow instead of both.
"""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import stack
from local.package import LOWEST_AIRFLOW, NEWEST_AIRFLOW
from local.package.__main__ import build

PROJECT = Path(__file__).parents[2]
UV = Path(sys.executable).with_name("uv")
CHECK = Path(__file__).with_name("check_install.py")


@dataclass(frozen=True)
class Target:
    """An Airflow: its pinned requirements, if we pin them; those of the package for it; the Python that it prefers."""

    airflow: str
    pinned: str
    requirements: str
    python: str


LOWEST, NEWEST = (
    Target(LOWEST_AIRFLOW, "lowest.txt", "requirements-3.0.txt", "3.12"),  # Amazon MWAA 3.0.6 has Python 3.12
    Target(NEWEST_AIRFLOW, "worker.txt", "requirements.txt", f"3.{sys.version_info.minor}"),
)
WANTED = os.environ.get("PACKAGE_AIRFLOW", "")
NOT_PINNED = (
    *("apache-airflow-providers-amazon[aiobotocore]", "apache-airflow-providers-standard"),
    *("apache-airflow-providers-postgres", "apache-airflow-providers-openlineage"),
)
TARGETS = [Target(WANTED, "", "requirements.txt", "3.12")] if WANTED else [LOWEST, NEWEST]


@dataclass(frozen=True)
class Installed:
    """The package in an Airflow: what check_install.py found, and what its requirements would still change."""

    target: Target
    found: dict[str, Any]
    changes: str


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("package") / "built"
    build(folder)
    return folder


@pytest.fixture(scope="session", params=TARGETS, ids=lambda target: f"airflow-{target.airflow}")
def installed(request: pytest.FixtureRequest, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    target: Target = request.param
    python = environment_with(target)
    home: Path = tmp_path_factory.mktemp("home")
    unpack(package, home)
    would = ("pip", "install", "--dry-run", "--offline", "--python", python, "-r", package / target.requirements)
    return Installed(target, _check(python, home), _run([UV, *would], home))


@functools.cache
def environment_with(target: Target) -> Path:
    """The Python of an environment made anew; the downloads come from uv's cache, so it takes seconds."""
    folder = stack.local_directory() / "package-test" / target.airflow
    _run([UV, "venv", "--clear", "--python", _python(target.python), folder], PROJECT)
    python = folder / "bin" / "python"
    _run([UV, "pip", "install", "--python", python, *_what(target, folder)], PROJECT)
    return python


def _what(target: Target, folder: Path) -> list[str]:
    """As pip's arguments."""
    if target.pinned:
        return ["--require-hashes", "-r", str(PROJECT / "requirements" / target.pinned)]
    build(folder / "package")
    file = os.environ.get("PACKAGE_CONSTRAINTS")
    package = str(folder / "package" / target.requirements)
    return [f"apache-airflow=={target.airflow}", *NOT_PINNED, "-r", package, *(("-c", file) if file else ())]


def _python(wanted: str) -> str:
    """That Python if this machine has it, else our own."""
    found = subprocess.run(
        [UV, "python", "find", "--no-python-downloads", wanted],
        env={**os.environ, "PYENV_VERSION": wanted},  # pyenv's commands run only what is asked for by name
        capture_output=True,
        text=True,
        check=False,
    )
    return found.stdout.strip() or sys.executable


def unpack(package: Path, home: Path) -> None:
    """As Amazon MWAA does it."""
    shutil.copytree(package / "dags", home / "dags")
    with zipfile.ZipFile(package / "plugins.zip") as archive:
        archive.extractall(home / "plugins")


def _check(python: Path, home: Path) -> dict[str, Any]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    _run([python, "-m", "airflow", "db", "migrate"], home, environment)
    told = _run([python, CHECK], home, environment)
    [line] = [line for line in told.splitlines() if line.startswith("FOUND ")]
    return dict(json.loads(line.removeprefix("FOUND ")))


def _run(command: list[Any], directory: Path, environment: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout + done.stderr
