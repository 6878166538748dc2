"""Assemble the server's home from the cache: jars by hard link, descriptors and configuration written here."""

from __future__ import annotations

import os
import re
import shutil
import zipfile
from typing import TYPE_CHECKING

from local.opensearch.artifacts import Artifact, lock_digest, locked_artifacts
from local.opensearch.parts import ANALYSIS_COMMON, KNN_FOLDER, MODULES

if TYPE_CHECKING:
    from pathlib import Path

STAMP = ".assembled"


def assemble(home: Path, cache: Path, *, analysis: bool = True) -> None:
    """Make `home` hold lib, modules and plugins as the lock says; does nothing where it already does.

    Args:
        home: the server's `path.home`; data, logs and configuration lie elsewhere.
        cache: holds every locked artifact (`download`).
        analysis: with the module analysis-common, which not every Java runtime can load.
    """
    stamp = f"{lock_digest()} analysis={analysis}"
    if (home / STAMP).is_file() and (home / STAMP).read_text("utf-8") == stamp:
        return
    previous = os.umask(0o022)  # the server may run as another user
    try:
        _build(home, cache, analysis=analysis)
    finally:
        os.umask(previous)
    (home / STAMP).write_text(stamp, "utf-8")


def _build(home: Path, cache: Path, *, analysis: bool) -> None:
    if home.exists():
        shutil.rmtree(home)
    (home / "bin").mkdir(parents=True)  # empty, but the server would make it if it were not there
    left_out = None if analysis else f"modules/{ANALYSIS_COMMON}"
    for artifact in locked_artifacts():
        if artifact.folder != left_out:
            place(artifact, cache / artifact.path, home / artifact.folder)
    _describe_modules(home)
    _free_knn_of_grpc(home / KNN_FOLDER / "plugin-descriptor.properties")


def place(artifact: Artifact, source: Path, folder: Path) -> None:
    """Bring an artifact of the cache into a folder: a jar by hard link, a zip unpacked."""
    folder.mkdir(parents=True, exist_ok=True)
    if artifact.packaging == "zip":
        with zipfile.ZipFile(source) as archive:
            archive.extractall(folder)
        return
    target = folder / artifact.filename
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without hard links
        shutil.copyfile(source, target)


def _describe_modules(home: Path) -> None:
    for module in MODULES:
        folder = home / module.folder
        if folder.is_dir():
            (folder / "plugin-descriptor.properties").write_text(module.descriptor(), "utf-8")


def _free_knn_of_grpc(descriptor: Path) -> None:
    """The module transport-grpc was never published; its classes that k-NN needs lie beside the plugin's own."""
    text = descriptor.read_text("utf-8")
    descriptor.write_text(re.sub(r"(?m)^extended\.plugins=.*$", "extended.plugins=lang-painless", text), "utf-8")
