"""Archives: model.tar.gz, output.tar.gz, sourcedir.tar.gz."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from include.training.unpack import unpack as unpack_archive

if TYPE_CHECKING:
    from pathlib import Path

FAST = 1
"""gzip level: the weights of a model do not shrink, and level 9 takes ten times as long to find that out."""


def pack(folder: Path, archive: Path) -> Path:
    """Writes the folder's contents, at the archive's root, to a .tar.gz.

    Returns:
        the archive.
    """
    archive.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(archive, "w:gz", compresslevel=FAST) as tar:
        for entry in sorted(folder.iterdir()):
            tar.add(entry, arcname=entry.name)
    return archive


def unpack(archive: Path, folder: Path) -> Path:
    """Extracts a .tar.gz; members that would leave the folder, and archives that swell beyond reason, are refused.

    Returns:
        the folder.

    Raises:
        tarfile.TarError: it is no archive, is cut off, or is refused.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open("rb") as file:
            unpack_archive(file, folder)
    except tarfile.TarError as error:
        raise tarfile.ReadError(f"{archive.name}: {error}") from error
    return folder
