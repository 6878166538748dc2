"""The bytes of an object, which stay in a file."""

from __future__ import annotations

import hashlib
import itertools
import os
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 20


class Body(bytes):
    """Stands for a part of a file where moto expects bytes: it has their length, and slices of it are Bodies.

    Only for code that passes it on: its own buffer is empty, so whatever reads it as a buffer (hashlib, BytesIO) finds
    nothing. `content()` and `blocks()` give the real bytes.
    """

    path: Path
    start: int
    size: int
    md5: str | None

    def __new__(cls, path: Path, start: int, size: int, md5: str | None = None) -> Self:
        body = super().__new__(cls)
        body.path, body.start, body.size, body.md5 = path, start, size, md5
        return body

    def __len__(self) -> int:
        return self.size

    def __bytes__(self) -> Body:
        return self

    def __getitem__(self, index: Any) -> Body:  # type: ignore[override]  # moto cuts ranges, and takes no single byte
        start, stop, step = index.indices(self.size)
        if step != 1:
            raise ValueError("a Body is cut in ranges only")
        return Body(self.path, self.start + start, max(0, stop - start))

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __reduce__(self) -> Any:
        return _unpickle, (self.path.name, self.start, self.size, self.md5)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return self.content().decode(encoding, errors)

    def content(self) -> bytes:
        """All of it, in memory. Not named `read`, for moto would call that."""
        return b"".join(self.blocks())

    def blocks(self) -> Iterator[bytes]:
        """All of it, in blocks of at most a mebibyte."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            left = self.size
            while left and (block := file.read(min(left, BLOCK))):
                left -= len(block)
                yield block

    def digest(self) -> str:
        """Its MD5, in hexadecimal."""
        if self.md5 is None:
            total = hashlib.md5(usedforsecurity=False)
            for block in self.blocks():
                total.update(block)
            self.md5 = total.hexdigest()
        return self.md5


class BodyStore:
    """The files of all bodies: `incoming` while they arrive, `objects` once an object has them."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def open(self, root: Path) -> None:
        """Says where the files are; what was left half uploaded is deleted."""
        self.incoming, self.objects = root / "incoming", root / "objects"
        for folder in (self.incoming, self.objects):
            folder.mkdir(parents=True, exist_ok=True)
        for leftover in self.incoming.iterdir():
            leftover.unlink()

    def new_file(self) -> Path:
        """A path for a body that arrives."""
        return self.incoming / f"{os.urandom(8).hex()}-{next(self._numbers)}"

    def keep(self, body: Body) -> Body:
        """Makes the body an object's; its file then stays as long as the object."""
        if body.path.parent == self.incoming:
            body.path = body.path.rename(self.objects / body.path.name)
        return body

    def write(self, content: bytes) -> Body:
        """A body with this content."""
        path = self.new_file()
        path.write_bytes(content)
        return self.keep(Body(path, 0, len(content)))

    def join(self, bodies: list[Body]) -> Body:
        """A new body of bodies one after the other."""
        path = self.new_file()
        with path.open("wb") as file:
            for body in bodies:
                file.writelines(body.blocks())
        return self.keep(Body(path, 0, sum(map(len, bodies))))

    def discard(self, body: Body) -> None:
        """Deletes a body that no object took."""
        if body.path.parent == self.incoming:
            body.path.unlink(missing_ok=True)

    def unused(self, used: set[str]) -> list[Path]:
        """The objects' files whose names are not in `used`."""
        return [file for file in self.objects.iterdir() if file.name not in used]


STORE = BodyStore()
"""One for the process, as moto's backends are."""


def _unpickle(name: str, start: int, size: int, md5: str | None) -> Body:
    return Body(STORE.objects / name, start, size, md5)
