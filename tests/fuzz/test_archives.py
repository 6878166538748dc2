"""Archives: files and folders below a folder, or an error; never anything elsewhere."""

from __future__ import annotations

import contextlib
import gzip
import io
import shutil
import tarfile
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from include.training.unpack import unpack
from tests.fuzz.counting import fuzz
from tests.fuzz.strategies import damaged, texts

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DrawFn

KINDS = [tarfile.REGTYPE] * 6 + [
    *(tarfile.DIRTYPE, tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE),
    *(tarfile.AREGTYPE, tarfile.CONTTYPE, tarfile.GNUTYPE_SPARSE, b"9"),
]
names = st.one_of(
    st.sampled_from(["a", "a/b", "./a", "../out", "/out", "a/../../out", "a//b", ".", "..", "a\x00b", "x" * 300]),
    texts,
    st.lists(st.sampled_from(["..", ".", "a", "", "out"]), max_size=5).map("/".join),
)


@st.composite
def archives(draw: DrawFn) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=draw(st.sampled_from([0, 1, 2])), errors="replace") as tar:
        for _ in range(draw(st.integers(0, 4))):
            member = tarfile.TarInfo(draw(names))
            member.type, member.mode = draw(st.sampled_from(KINDS)), draw(st.integers(0, 0o7777))
            member.size = draw(st.integers(0, 20)) if member.type == tarfile.REGTYPE else 0
            member.linkname = draw(st.sampled_from(["", "a", "../out", "/etc/passwd"]))
            try:
                tar.addfile(member, io.BytesIO(bytes(member.size)))
            except (ValueError, UnicodeError):  # tarfile itself refuses to write it
                continue
    whole = buffer.getvalue()
    damage = draw(st.integers(0, 7))
    packed = gzip.compress(draw(damaged(whole)) if damage == 0 else whole, 1)
    return draw(damaged(packed)) if damage == 1 else packed


@fuzz(2_000, packed=archives())
def test_archive_members(folder: Path, packed: bytes) -> None:
    root, folder = folder, folder / "inner" / "folder"
    shutil.rmtree(root / "inner", ignore_errors=True)
    folder.mkdir(parents=True)
    with contextlib.suppress(tarfile.TarError):
        unpack(io.BytesIO(packed), folder)
    left = [path for path in root.rglob("*") if folder not in (path, *path.parents) and path != root / "inner"]
    assert left == []
    assert all(path.is_file() or path.is_dir() for path in folder.rglob("*"))
    assert not any(path.is_symlink() for path in folder.rglob("*"))
