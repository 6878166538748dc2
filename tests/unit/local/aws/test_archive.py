from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from local.aws.archive import pack, unpack

if TYPE_CHECKING:
    from pathlib import Path


def test_pack_then_unpack_gives_the_folder_back(tmp_path: Path) -> None:
    (tmp_path / "model" / "code").mkdir(parents=True)
    (tmp_path / "model" / "code" / "inference.py").write_text("x = 1")
    (tmp_path / "model" / "weights").write_bytes(bytes(1000))
    archive = pack(tmp_path / "model", tmp_path / "out" / "model.tar.gz")
    copy = unpack(archive, tmp_path / "copy")
    assert (copy / "code" / "inference.py").read_text() == "x = 1"
    assert (copy / "weights").read_bytes() == bytes(1000)


def test_unpack_refuses_members_that_leave_the_folder(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        member = tarfile.TarInfo("../outside")
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    with pytest.raises(tarfile.TarError, match="outside"):
        unpack(tmp_path / "evil.tar.gz", tmp_path / "folder")
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda content: b"no archive at all", id="none"),
        pytest.param(lambda content: content[: len(content) // 2], id="cut_off"),
        pytest.param(lambda content: content[:60] + bytes(200) + content[260:], id="corrupt"),
    ],
)
def test_unpack_of_a_damaged_archive_says_so(tmp_path: Path, damage: object) -> None:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_bytes(bytes(range(256)) * 4000)
    archive = pack(tmp_path / "model", tmp_path / "model.tar.gz")
    archive.write_bytes(damage(archive.read_bytes()))  # type: ignore[operator]
    with pytest.raises(tarfile.TarError):
        unpack(archive, tmp_path / "copy")
