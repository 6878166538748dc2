"""`make package`: what it holds, and that the same sources give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from local import PROJECT
from local.package.__main__ import build
from local.package.archive import write_zip
from local.package.requirements import requirement_files

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("package") / "built"
    build(folder)
    return folder


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_package_built_again_has_the_same_bytes(package: Path, tmp_path: Path) -> None:
    build(tmp_path / "again")

    assert bytes_of(tmp_path / "again") == bytes_of(package)


def test_package_zip_does_not_depend_on_times_and_modes(tmp_path: Path) -> None:
    source = tmp_path / "source.py"
    source.write_text("one = 1\n", "utf-8")
    write_zip(tmp_path / "first.zip", {"source.py": source})
    os.utime(source, (1_000_000_000, 1_000_000_000))
    source.chmod(0o600)
    write_zip(tmp_path / "second.zip", {"source.py": source})

    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_package_plugins_are_every_source_and_no_cache(package: Path) -> None:
    names = set(zipfile.ZipFile(package / "plugins.zip").namelist())

    assert {"opensearch_ml_plugin.py", "opensearch_ml/plugin.py", "include/errors.py", ".airflowignore"} <= names
    assert {"include/training/main.py", "include/training/requirements.txt", "include/report/report.html"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(("local/", "tests/"))]


def test_package_airflow_reads_no_package_of_plugins_as_a_plugin() -> None:
    """It would import each file under its bare name, training code and all."""
    ignored = (PROJECT / "plugins" / ".airflowignore").read_text("utf-8").splitlines()

    assert {"opensearch_ml/", "include/"} <= set(ignored)


def test_package_manifest_tells_the_sum_of_every_file(package: Path) -> None:
    manifest: dict[str, Any] = json.loads((package / "manifest.json").read_text("utf-8"))
    files = bytes_of(package)
    del files["manifest.json"]
    archive = zipfile.ZipFile(package / "plugins.zip")

    assert manifest["files"] == {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    assert manifest["plugins.zip"] == {
        name: hashlib.sha256(archive.read(name)).hexdigest() for name in archive.namelist()
    }
    assert manifest["airflow_tested"] == ["3.0.6", "3.3.2"]


def test_package_requirements_are_ranges_without_airflow_and_torch() -> None:
    for text in requirement_files().values():
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        assert not [line for line in lines if line.startswith(("apache-airflow>", "apache-airflow=", "torch"))]
        assert not [line for line in lines if "--hash" in line]
        assert lines == sorted(lines)


def test_package_requirements_of_airflow_3_0_lack_what_needs_numpy_2() -> None:
    files = requirement_files()

    assert "py3langid" in files["requirements.txt"]
    assert "\npy3langid" not in files["requirements-3.0.txt"]


def test_package_tested_versions_are_those_of_the_pinned_requirements() -> None:
    for name, version in (("lowest.txt", "3.0.6"), ("worker.txt", "3.3.2")):
        assert f"\napache-airflow=={version} " in (PROJECT / "requirements" / name).read_text("utf-8")
