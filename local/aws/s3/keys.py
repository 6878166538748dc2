"""moto's keys and multipart uploads, made to hold bodies in place of bytes."""

from __future__ import annotations

import base64
import hashlib
import zlib
from typing import TYPE_CHECKING, Any

from moto.s3 import models, responses
from moto.s3.models import FakeKey, FakeMultipart

from local.aws.s3.body import STORE, Body

if TYPE_CHECKING:
    from collections.abc import Iterator

PRIVATE = models.get_canned_acl("private")
HASHES = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256}


class DiskKey(FakeKey):
    """An object or a part of one. moto's own initialiser, pickling and the rest go through `value`.

    Each run leaves 80 to 100 of them: what all have alike is held once.
    """

    _etag: str | None
    _value_buffer = property(lambda _: None, lambda _, buffer: buffer.close())
    """moto's place for the bytes, which are in a file."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.acl = PRIVATE  # moto puts another in its place, and changes none

    @property
    def value(self) -> Body:
        return self._body

    @value.setter
    def value(self, new: bytes) -> None:
        self._body = STORE.keep(new) if isinstance(new, Body) else STORE.write(new or b"")
        self.contentsize = len(self._body)

    @property
    def etag(self) -> str:
        if self._etag is None:
            self._etag = self._body.digest()
        return f'"{self._etag}"'

    def dispose(self, garbage: bool = False) -> None:
        """Files of objects that are gone are swept after the next snapshot, which no longer names them."""
        self.disposed = True

    def __getstate__(self) -> dict[str, Any]:
        kept = {name: value for name, value in self.__dict__.items() if name != "lock"}
        return {**kept, "value": self.value, "_body": None}


class DiskMultipart(FakeMultipart):
    """A multipart upload whose parts are joined in a file."""

    def complete(self, body: Iterator[tuple[int, str]]) -> tuple[Body, str, tuple[str, str, int] | None]:
        """Joins the parts; which are valid, and the ETag, is moto's to say."""
        chosen = list(body)
        _, etag, _ = super().complete(iter(chosen))
        parts = [self.parts[number] for number, _ in chosen]
        checksum = self._checksum([part.value for part in parts])
        joined = STORE.join([part.value for part in parts])
        offset = 0
        for part in parts:  # moto keeps them with the object: their own files can go
            part.value = joined[offset : offset + part.contentsize]
            offset += part.contentsize
        return joined, etag, checksum

    def _checksum(self, bodies: list[Body]) -> tuple[str, str, int] | None:
        algorithm = self.metadata.get("x-amz-checksum-algorithm")
        if algorithm not in ("CRC32", *HASHES):
            return None
        if self.metadata.get("x-amz-checksum-type") == "FULL_OBJECT":
            return "FULL_OBJECT", checksum(bodies, algorithm), 1
        parts = b"".join(base64.b64decode(checksum([body], algorithm)) for body in bodies)
        return "COMPOSITE", checksum([parts], algorithm), len(bodies)


def checksum(contents: list[Any], algorithm: str) -> str:
    """The checksum of contents one after the other, in base64.

    Args:
        contents: bodies or bytes.
        algorithm: CRC32, SHA1 or SHA256.
    """
    blocks = (block for item in contents for block in (item.blocks() if isinstance(item, Body) else [item]))
    if algorithm == "CRC32":
        total = 0
        for block in blocks:
            total = zlib.crc32(block, total)
        return base64.b64encode(total.to_bytes(4, "big")).decode()
    hashed = HASHES[algorithm]()
    for block in blocks:
        hashed.update(block)
    return base64.b64encode(hashed.digest()).decode()


def _compute_checksum(body: bytes, algorithm: str, encode_base64: bool = True) -> bytes:
    return _motos_own(body.content() if isinstance(body, Body) else body, algorithm, encode_base64)


_motos_own = models.compute_checksum


def install() -> None:
    """Puts these classes in the place of moto's."""
    models.FakeKey = DiskKey
    models.FakeMultipart = DiskMultipart
    models.compute_checksum = responses.compute_checksum = _compute_checksum
