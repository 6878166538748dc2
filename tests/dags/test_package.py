"""The rings hold, and what is installed is whole and found by Airflow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]


def test_rings_are_kept(tmp_path: Path) -> None:
    """import-linter, as `make lint` runs it."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--cache-dir", tmp_path],
        cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT / "plugins")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Built with setuptools' own interface, which needs no network, from what git would clone."""
    source = tmp_path_factory.mktemp("source")
    for name in ("include", "plugins"):
        shutil.copytree(PROJECT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, source)
    script = "import sys; from setuptools import build_meta; sys.stderr.write(build_meta.build_wheel('dist'))"
    done = subprocess.run([sys.executable, "-c", script], cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(next((source / "dist").glob("*.whl")))


def sources() -> Iterator[str]:
    """What the installed package needs, by its place in the wheel."""
    for root, folder in ((PROJECT, "include"), (PROJECT / "plugins", "opensearch_ml")):
        for path in (root / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(root).as_posix()


def test_wheel_holds_every_source_and_nothing_of_the_stand_ins(wheel: zipfile.ZipFile) -> None:
    names = {name for name in wheel.namelist() if ".dist-info/" not in name}

    assert names >= set(sources())
    assert not [name for name in names if name.startswith(("local/", "tests/", "infra/"))]


def test_wheel_installed_plugin_is_found_by_its_entry_point(wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Unpacked where Python looks, as pip does it; nothing of this repository on the path."""
    wheel.extractall(tmp_path)
    script = (
        "from importlib.metadata import entry_points\n"
        "found = [entry for entry in entry_points(group='airflow.plugins') if entry.name == 'opensearch_ml']\n"
        "print([entry.load().name for entry in found])\n"
        "from include.containers import package_source\n"
        "from include.report.render import render_report\n"
        "from importlib import resources\n"
        "print(len(package_source()) > 1000, resources.files('include.report').joinpath('report.html').is_file())\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout.splitlines() == ["['opensearch_ml']", "True True"], done.stderr
