from __future__ import annotations

import gzip
import io
import stat
import tarfile
import tracemalloc
from typing import IO, TYPE_CHECKING

import pytest

from include.training import unpack as module
from include.training.unpack import unpack

if TYPE_CHECKING:
    from pathlib import Path

GIGABYTE = 1 << 30


def archive_of(*members: tuple[str, bytes, int], mode: int = 0o644) -> IO[bytes]:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, kind, size in members:
            member = tarfile.TarInfo(name)
            member.type, member.size, member.mode, member.linkname = kind, size, mode, "/etc/passwd"
            tar.addfile(member, io.BytesIO(bytes(size)))
    buffer.seek(0)
    return buffer


def bomb(kind: bytes) -> IO[bytes]:
    """A gigabyte of zeros in a megabyte, as a file, or as what is read before one."""
    header = tarfile.TarInfo("zeros")
    header.type, header.size = kind, GIGABYTE
    piece = gzip.compress(bytes(GIGABYTE >> 6))
    return io.BytesIO(gzip.compress(header.tobuf()) + piece * 64 + gzip.compress(bytes(1024)))


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
        pytest.param("disk", tarfile.BLKTYPE, id="block-device"),
        pytest.param("terminal", tarfile.CHRTYPE, id="character-device"),
        pytest.param("n" * 2_000, tarfile.REGTYPE, id="endless-name"),
    ],
)
def test_unpack_refuses_what_could_reach_elsewhere(tmp_path: Path, name: str, kind: bytes) -> None:
    folder = tmp_path / "inner" / "folder"
    with pytest.raises(tarfile.ExtractError, match="no plain file or folder within the archive"):
        unpack(archive_of((name, kind, 0)), folder)
    assert not list(tmp_path.rglob("*outside*"))


def test_unpack_refuses_a_name_that_comes_twice(tmp_path: Path) -> None:
    """Else the second would overwrite what was checked."""
    with pytest.raises(tarfile.ExtractError, match=r"'\./config\.json' comes twice"):
        unpack(archive_of(("config.json", tarfile.REGTYPE, 1), ("./config.json", tarfile.REGTYPE, 2)), tmp_path)


def test_unpack_refuses_more_members_than_a_model_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_MEMBERS", 3)
    with pytest.raises(tarfile.ExtractError, match="more than 3 files and folders"):
        unpack(archive_of(*((f"{number}", tarfile.REGTYPE, 0) for number in range(4))), tmp_path)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        pytest.param(tarfile.REGTYPE, "1073741824 with 'zeros': more than 50 times as much is no model", id="file"),
        pytest.param(tarfile.GNUTYPE_LONGNAME, "says that it has 1073741824 bytes", id="name"),
        pytest.param(tarfile.XHDTYPE, "says that it has 1073741824 bytes", id="extended-header"),
    ],
)
def test_unpack_of_a_bomb_fails_at_once_with_little_memory(tmp_path: Path, kind: bytes, message: str) -> None:
    archive = bomb(kind)
    assert len(archive.getvalue()) < 1_100_000  # type: ignore[attr-defined]
    tracemalloc.start()
    with pytest.raises(tarfile.TarError, match=message):
        unpack(archive, tmp_path)
    assert tracemalloc.get_traced_memory()[1] < 10_000_000
    tracemalloc.stop()
    assert not list(tmp_path.iterdir())


def test_unpack_of_a_bomb_in_pieces_stops_at_the_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALL_BYTES", 100_000)
    monkeypatch.setattr(module, "MAX_RATIO", 1)
    with pytest.raises(tarfile.ExtractError, match="is no model"):
        unpack(archive_of(*((f"{number}", tarfile.REGTYPE, 10_000) for number in range(1_000))), tmp_path)
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 100_000


def test_unpack_error_shows_no_control_characters(tmp_path: Path) -> None:
    with pytest.raises(tarfile.ExtractError) as caught:
        unpack(archive_of(("../a\nERROR forged \x1b[31mline\u202e", tarfile.REGTYPE, 0)), tmp_path)
    assert r"'../a\nERROR forged \x1b[31mline\u202e'" in str(caught.value)


def test_unpack_takes_no_special_rights(tmp_path: Path) -> None:
    unpack(archive_of(("tool", tarfile.REGTYPE, 0), mode=0o6777), tmp_path)
    assert stat.S_IMODE((tmp_path / "tool").stat().st_mode) == 0o755


@pytest.mark.parametrize(
    "members",
    [
        pytest.param([(".", tarfile.REGTYPE, 1)], id="the-folder-itself"),
        pytest.param([("a/b", tarfile.REGTYPE, 1), ("a", tarfile.REGTYPE, 1)], id="file-where-a-folder-is"),
        pytest.param([("a", tarfile.REGTYPE, 1), ("a/b", tarfile.REGTYPE, 1)], id="below-a-file"),
        pytest.param([("x" * 300, tarfile.REGTYPE, 1)], id="name-too-long-for-a-disk"),
    ],
)
def test_unpack_refuses_what_a_disk_could_not_hold(tmp_path: Path, members: list[tuple[str, bytes, int]]) -> None:
    with pytest.raises(tarfile.ExtractError):
        unpack(archive_of(*members), tmp_path)
