from __future__ import annotations

import io
import stat
import tarfile
from typing import TYPE_CHECKING

import pytest

from include.training.unpack import unpack

if TYPE_CHECKING:
    from pathlib import Path


def archive_of(*members: tuple[str, bytes, int], mode: int = 0o644) -> tarfile.TarFile:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, kind, size in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.mode, member.linkname = kind, size, mode, "/etc/passwd"
            tar.addfile(member, io.BytesIO(bytes(size)))
    buffer.seek(0)
    return tarfile.open(fileobj=buffer)


def test_unpack_gives_files_and_folders_as_they_lie(tmp_path: Path) -> None:
    unpack(archive_of(("./", tarfile.DIRTYPE, 0), ("./code/train.py", tarfile.REGTYPE, 3)), tmp_path)
    assert (tmp_path / "code" / "train.py").read_bytes() == bytes(3)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        pytest.param("../outside", tarfile.REGTYPE, id="parent"),
        pytest.param("a/../../outside", tarfile.REGTYPE, id="parent-within"),
        pytest.param("/outside", tarfile.REGTYPE, id="absolute"),
        pytest.param("link", tarfile.SYMTYPE, id="symbolic-link"),
        pytest.param("link", tarfile.LNKTYPE, id="hard-link"),
        pytest.param("pipe", tarfile.FIFOTYPE, id="pipe"),
    ],
)
def test_unpack_refuses_what_could_reach_elsewhere(tmp_path: Path, name: str, kind: bytes) -> None:
    folder = tmp_path / "inner" / "folder"
    with pytest.raises(tarfile.ExtractError, match="no plain file or folder within the archive"):
        unpack(archive_of((name, kind, 0)), folder)
    assert not list(tmp_path.rglob("*outside*"))


def test_unpack_takes_no_special_rights(tmp_path: Path) -> None:
    unpack(archive_of(("tool", tarfile.REGTYPE, 0), mode=0o6777), tmp_path)
    assert stat.S_IMODE((tmp_path / "tool").stat().st_mode) == 0o755
