"""Unpacks an archive, and nothing out of it to elsewhere, nor more than a model can be."""

from __future__ import annotations

import gzip
import os
import tarfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# A model has some 50 files, with the wheels of its endpoint some 150.
MAX_MEMBERS = 10_000
# gzip packs zeros a thousandfold. Weights shrink to 90 %, a tokenizer's JSON or a run of a search to a tenth: whoever
# is above this holds nothing but padding. Small archives are not judged: what they unpack to fits anywhere.
MAX_RATIO = 50
SMALL_BYTES = 64 * 1024 * 1024
# tarfile reads a header's extension as a whole, however long it says that it is; files are copied in smaller pieces.
MAX_READ_BYTES = 64 * 1024 * 1024
LONGEST_NAME = 1_000


def unpack(file: IO[bytes], folder: Path) -> None:
    """Extract the files and folders of a `.tar.gz`.

    Python's own filters came with 3.11.4; Debian 12 has 3.11.2.

    Args:
        file: the archive, at its start.
        folder: gets its contents.

    Raises:
        tarfile.TarError: as `checked_members`. What stood before the member is extracted.
    """
    with opened(file) as archive:
        archive.extraction_filter = _as_it_is
        archive.extractall(folder, members=checked_members(archive, packed_size(file)))  # noqa: S202 - they are checked


@contextmanager
def opened(file: IO[bytes]) -> Iterator[tarfile.TarFile]:
    """A `.tar.gz`, whose headers cannot fill the memory.

    Raises:
        tarfile.ReadError: it is no archive, or is damaged.
    """
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as stream:
            bounded = cast("IO[bytes]", _Bounded(stream))
            with tarfile.open(fileobj=bounded, mode="r:") as archive:
                yield archive
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise tarfile.ReadError(f"It is no complete .tar.gz: {error}") from error


def checked_members(archive: tarfile.TarFile, packed_bytes: int) -> Iterator[tarfile.TarInfo]:
    """The members of an archive one after the other, as far as they may be unpacked; nothing is read ahead of them.

    Args:
        archive: as `opened` gives it.
        packed_bytes: its size.

    Raises:
        tarfile.ExtractError: a member is no plain file or folder, would leave the folder, or comes twice; there are too
            many, or they are too large for the archive's size.
    """
    seen: set[PurePosixPath] = set()
    is_folder: dict[PurePosixPath, bool] = {PurePosixPath(): True}
    unpacked, most = 0, max(SMALL_BYTES, MAX_RATIO * packed_bytes)
    for member in archive:
        name = PurePosixPath(member.name)
        _check_kind(member, name)
        if name in seen:
            raise tarfile.ExtractError(f"{_shown(member)} comes twice in the archive.")
        seen.add(name)
        _check_place(member, name, is_folder)
        unpacked += member.size
        if len(seen) > MAX_MEMBERS:
            raise tarfile.ExtractError(f"The archive has more than {MAX_MEMBERS} files and folders.")
        if unpacked > most:
            raise tarfile.ExtractError(
                f"The archive has {packed_bytes} bytes, and would become {unpacked} with {_shown(member)}: more than "
                f"{MAX_RATIO} times as much is no model."
            )
        member.name = str(name)  # without "." and "//", which only some systems take for a file's name
        member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
        yield member


def _check_place(member: tarfile.TarInfo, name: PurePosixPath, is_folder: dict[PurePosixPath, bool]) -> None:
    """Refuses a file where a folder is, and what lies below a file."""
    if is_folder.setdefault(name, member.isdir()) != member.isdir():
        raise tarfile.ExtractError(f"{_shown(member)} is a file and a folder in the archive.")
    if not all(is_folder.setdefault(parent, True) for parent in name.parents):
        raise tarfile.ExtractError(f"{_shown(member)} lies below a file.")


def packed_size(file: IO[bytes]) -> int:
    """Bytes of a file, which stays where it is."""
    here = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(here)
    return size


def _check_kind(member: tarfile.TarInfo, name: PurePosixPath) -> None:
    plain = (member.isfile() and not member.issparse()) or member.isdir()
    fits = len(member.name) <= LONGEST_NAME and all(len(part.encode(errors="replace")) <= 255 for part in name.parts)
    if name.is_absolute() or ".." in name.parts or "\0" in member.name or not (plain and fits):
        raise tarfile.ExtractError(f"{_shown(member)} is no plain file or folder within the archive.")


def _shown(member: tarfile.TarInfo) -> str:
    """Its name as ASCII, so that none can write into the log what it likes."""
    return ascii(member.name[:100])


def _as_it_is(member: tarfile.TarInfo, path: str) -> tarfile.TarInfo:
    return member


class _Bounded:
    """What tarfile needs of a stream, and no more bytes at a time than a sound archive asks for."""

    def __init__(self, stream: gzip.GzipFile) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= MAX_READ_BYTES:
            raise tarfile.ReadError(f"A header of the archive says that it has {size} bytes.")
        return self._stream.read(size)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._stream.tell()
