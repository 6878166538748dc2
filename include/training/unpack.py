"""Unpacks an archive, and nothing out of it to elsewhere."""

from __future__ import annotations

import tarfile
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def unpack(archive: tarfile.TarFile, folder: Path) -> None:
    """Extract files and folders.

    Python's own filters came with 3.11.4; Debian 12 has 3.11.2.

    Raises:
        tarfile.ExtractError: a member is neither, or would leave the folder. What stood before it is extracted.
    """
    archive.extraction_filter = _as_it_is
    archive.extractall(folder, members=_plain(archive))  # noqa: S202 - each member is checked


def _as_it_is(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    return member


def _plain(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    for member in archive:
        name = PurePosixPath(member.name)
        if name.is_absolute() or ".." in name.parts or not (member.isfile() or member.isdir()):
            raise tarfile.ExtractError(f"{member.name!r} is no plain file or folder within the archive.")
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        yield member
