from __future__ import annotations

import hashlib
import os
import zipfile
from typing import TYPE_CHECKING

import pytest

from local.opensearch import home as module
from local.opensearch.artifacts import Artifact
from local.opensearch.home import assemble

if TYPE_CHECKING:
    from pathlib import Path

DESCRIPTOR = "name=opensearch-knn\nextended.plugins=lang-painless,transport-grpc\nhas.native.controller=false\n"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with one artifact of each kind, and a lock that names them."""
    cache = tmp_path / "cache"
    artifacts = (
        Artifact("lib", "g:server:1", 1, ""),
        Artifact("modules/analysis-common", "g:analysis-common:1", 1, ""),
        Artifact("modules/reindex", "g:reindex:1", 1, ""),
        Artifact("plugins/opensearch-knn", "g:knn:1:zip", 1, ""),
    )
    for artifact in artifacts:
        path = cache / artifact.path
        path.parent.mkdir(parents=True)
        if artifact.packaging == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("plugin-descriptor.properties", DESCRIPTOR)
        else:
            path.write_text(artifact.coordinates)
    monkeypatch.setattr(module, "locked_artifacts", lambda: artifacts)
    return cache


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_assemble_puts_every_artifact_into_its_folder(home: Path, cache: Path) -> None:
    assemble(home, cache)
    assert (home / "lib" / "server-1.jar").read_text() == "g:server:1"
    assert (home / "modules" / "reindex" / "reindex-1.jar").is_file()


def test_assemble_describes_modules_as_the_server_wants_it(home: Path, cache: Path) -> None:
    assemble(home, cache)
    text = (home / "modules" / "analysis-common" / "plugin-descriptor.properties").read_text()
    lines = dict(line.split("=", 1) for line in text.splitlines())
    assert lines["extended.plugins"] == "lang-painless"
    assert lines["classname"] == "org.opensearch.analysis.common.CommonAnalysisModulePlugin"
    assert lines["custom.foldername"] == ""


def test_assemble_frees_the_knn_plugin_of_the_module_that_was_never_published(home: Path, cache: Path) -> None:
    assemble(home, cache)
    text = (home / "plugins" / "opensearch-knn" / "plugin-descriptor.properties").read_text()
    assert text == DESCRIPTOR.replace(",transport-grpc", "")


def test_assemble_takes_no_second_copy_of_a_jar(home: Path, cache: Path) -> None:
    assemble(home, cache)
    assert (home / "lib" / "server-1.jar").samefile(cache / "g" / "server" / "1" / "server-1.jar")


def test_assemble_where_hard_links_fail_copies(home: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(source: Path, target: Path) -> None:
        raise OSError("not on this file system")

    monkeypatch.setattr(os, "link", no_links)
    assemble(home, cache)
    assert (home / "lib" / "server-1.jar").read_text() == "g:server:1"


def test_assemble_for_a_java_without_thai_leaves_out_analysis_common(home: Path, cache: Path) -> None:
    assemble(home, cache, analysis=True)
    assemble(home, cache, analysis=False)
    assert [it.name for it in (home / "modules").iterdir()] == ["reindex"]


def test_assemble_a_second_time_touches_nothing(home: Path, cache: Path) -> None:
    assemble(home, cache)
    (home / "witness").touch()
    assemble(home, cache)
    assert (home / "witness").exists()


def test_assemble_with_another_lock_begins_anew(home: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assemble(home, cache)
    (home / "witness").touch()
    monkeypatch.setattr(module, "lock_digest", lambda: hashlib.sha256(b"other").hexdigest())
    assemble(home, cache)
    assert not (home / "witness").exists()


def test_assemble_with_a_closed_umask_still_lets_the_servers_user_read(home: Path, cache: Path) -> None:
    previous = os.umask(0o077)
    try:
        assemble(home, cache)
    finally:
        os.umask(previous)
    assert all(path.stat().st_mode & 0o004 for path in home.rglob("*") if path.name != ".assembled")
