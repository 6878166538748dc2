from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.manifest import Manifest, code_version, object_hashes, read_manifest, settings_of, write_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest


def test_manifest_comes_back_with_the_version_of_the_code(s3: Any, bucket: str) -> None:
    manifest = Manifest("corpus", {"s3://b/x": "hash"}, ["s3://b/y"], {"seed": 42}, {"read": 7}, 1.5, {"tokens": 2.0})

    uri = write_manifest(s3, f"s3://{bucket}/run/corpus", manifest)
    found = read_manifest(s3, f"s3://{bucket}/run/corpus")

    assert uri == f"s3://{bucket}/run/corpus/manifest.json"
    assert found.code_version == code_version()
    assert {**found.__dict__, "code_version": ""} == manifest.__dict__


def test_object_hashes_change_with_the_content(s3: Any, bucket: str) -> None:
    uri = f"s3://{bucket}/a"
    seen = set()
    for body in (b"one", b"two", b"one"):
        s3.put_object(Bucket=bucket, Key="a", Body=body)
        seen.add(object_hashes(s3, [uri])[uri])

    assert len(seen) == 2


def test_settings_of_lies_flat(make_settings: Callable[..., Any]) -> None:
    settings = make_settings()

    assert settings_of(settings.model, settings.training)["seed"] == 42
    assert settings_of(settings.model, settings.training)["model_name"] == "search-model"


def test_code_version_depends_on_the_code_and_not_on_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = Path(str(resources.files("include")))
    copies = [Path(shutil.copytree(here, tmp_path / name / "include")) for name in ("a", "b")]
    (copies[1] / "errors.py").write_text("changed")
    versions = []
    for copy in copies:
        monkeypatch.setattr("include.manifest.resources.files", lambda _, copy=copy: copy)
        versions.append(code_version())
    monkeypatch.undo()

    assert versions[0] == code_version()
    assert versions[1] != code_version()
