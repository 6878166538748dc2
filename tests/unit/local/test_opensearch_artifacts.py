from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from local.opensearch.artifacts import LOCK, SECURITY_LOCK, Artifact, locked_artifacts, split
from local.opensearch.parts import (
    KNN,
    KNN_EXTRAS,
    KNN_FOLDER,
    LIB,
    MODULES,
    SECURITY,
    SECURITY_EXTRAS,
    SECURITY_FOLDER,
    SERVER,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_split_names_the_packaging_or_takes_jar() -> None:
    assert split("g:a:1") == ("g", "a", "1", "jar")
    assert split("g:a:1:zip") == ("g", "a", "1", "zip")


def test_artifact_path_is_that_of_a_maven_repository() -> None:
    artifact = Artifact("lib", "org.opensearch.plugin:opensearch-knn:3.4.0.0:zip", 1, "")
    assert str(artifact.path) == "org/opensearch/plugin/opensearch-knn/3.4.0.0/opensearch-knn-3.4.0.0.zip"


def test_lock_holds_everything_that_the_parts_name() -> None:
    locked = {(it.folder, it.coordinates) for it in locked_artifacts()}
    named = {(LIB, it) for it in SERVER} | {(it.folder, it.coordinates) for it in MODULES}
    assert named | {(KNN_FOLDER, it) for it in (KNN, *KNN_EXTRAS)} <= locked


def test_lock_of_the_security_plugin_holds_it_and_what_it_lacks() -> None:
    locked = {(it.folder, it.coordinates) for it in locked_artifacts(SECURITY_LOCK)}
    assert locked == {(SECURITY_FOLDER, it) for it in (SECURITY, *SECURITY_EXTRAS)}


@pytest.mark.parametrize("lock", [LOCK, SECURITY_LOCK], ids=lambda lock: lock.name)
def test_lock_has_a_checksum_and_a_size_for_every_file(lock: Path) -> None:
    assert all(len(it.sha256) == 64 and it.size > 0 for it in locked_artifacts(lock))


def test_lock_has_no_library_of_the_server_a_second_time_in_a_module() -> None:
    """The server stops at a class that a module has too ("jar hell")."""
    lib = {split(it.coordinates)[:2] for it in locked_artifacts() if it.folder == LIB}
    assert not [it for it in locked_artifacts() if it.folder.startswith("modules") and split(it.coordinates)[:2] in lib]


def test_lock_has_every_file_once_in_a_folder() -> None:
    places = Counter((it.folder, it.filename) for it in locked_artifacts())
    assert max(places.values()) == 1


@pytest.mark.parametrize("lock", [LOCK, SECURITY_LOCK], ids=lambda lock: lock.name)
def test_lock_names_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text("utf-8")
