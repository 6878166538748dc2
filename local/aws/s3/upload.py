"""Uploads, streamed into a file before moto sees them."""

from __future__ import annotations

import base64
import hashlib
import io
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from local.aws.s3.body import BLOCK, STORE, Body

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DATA_QUERY = frozenset({"partNumber", "uploadId", "x-id", "versionId"})
"""Query arguments of PutObject and UploadPart; any other (acl, tagging, …) makes a PUT something else."""
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")


class BadUpload(Exception):
    """S3 refuses the body.

    Args:
        code: S3's.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def is_upload(environ: dict[str, Any]) -> bool:
    """Whether a request carries the bytes of an object or a part."""
    bucket, _, key = environ["PATH_INFO"].lstrip("/").partition("/")
    names = {name for name, _ in parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)}
    return bool(
        environ["REQUEST_METHOD"] == "PUT"
        and bucket
        and key
        and "HTTP_X_AMZ_COPY_SOURCE" not in environ
        and all(name in DATA_QUERY or name.lower().startswith("x-amz-") for name in names)
    )


def receive(environ: dict[str, Any]) -> Body:
    """Streams the request's body into a file, and leaves a request whose body is a Body.

    Raises:
        BadUpload: it is shorter than announced, or not what its checksums say.
    """
    source = io.BufferedReader(environ["wsgi.input"], BLOCK)
    trailers: dict[str, str] = {}
    chunked = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "").startswith("STREAMING-")
    blocks = _aws_chunks(source, trailers) if chunked else iter(lambda: source.read(BLOCK), b"")
    path = STORE.new_file()
    try:
        checks = _write(blocks, path)
        environ.update({f"HTTP_{name.upper().replace('-', '_')}": value for name, value in trailers.items()})
        _verify(environ, checks)
    except (BadUpload, OSError):
        path.unlink(missing_ok=True)
        raise
    body = Body(path, 0, checks.size, checks.md5.hexdigest())
    _rewrite(environ, body)
    return body


class _Checks:
    """What is known of a body when it has arrived."""

    def __init__(self) -> None:
        self.md5 = hashlib.md5(usedforsecurity=False)
        self.crc32 = 0
        self.size = 0

    def update(self, block: bytes) -> None:
        self.md5.update(block)
        self.crc32 = zlib.crc32(block, self.crc32)
        self.size += len(block)


def _write(blocks: Iterator[bytes], path: Path) -> _Checks:
    checks = _Checks()
    with path.open("wb") as file:
        for block in blocks:
            file.write(block)
            checks.update(block)
    return checks


def _verify(environ: dict[str, Any], checks: _Checks) -> None:
    announced = environ.get("HTTP_X_AMZ_DECODED_CONTENT_LENGTH")
    if announced is not None and int(announced) != checks.size:
        message = "You did not provide the number of bytes specified by the Content-Length HTTP header"
        raise BadUpload("IncompleteBody", message)
    said = environ.get("HTTP_CONTENT_MD5")
    if said is not None and said != base64.b64encode(checks.md5.digest()).decode():
        raise BadUpload("BadDigest", "The Content-MD5 you specified did not match what we received.")
    said = environ.get("HTTP_X_AMZ_CHECKSUM_CRC32")
    if said is not None and said != base64.b64encode(checks.crc32.to_bytes(4, "big")).decode():
        raise BadUpload("BadDigest", "The CRC32 you specified did not match the calculated checksum.")


def _aws_chunks(source: io.BufferedReader, trailers: dict[str, str]) -> Iterator[bytes]:
    """The data of a body in aws-chunked encoding: chunks with or without signatures, then trailing headers."""
    while size := _chunk_size(source.readline()):
        while size:
            block = source.read(min(size, BLOCK))
            if not block:
                raise BadUpload("IncompleteBody", "The request body terminated unexpectedly")
            size -= len(block)
            yield block
        source.readline()
    for line in iter(source.readline, b""):
        name, separator, value = line.decode().strip().partition(":")
        if separator and name.startswith("x-amz-checksum-"):
            trailers[name] = value.strip()


def _chunk_size(line: bytes) -> int:
    try:
        return int(line.partition(b";")[0], 16)
    except ValueError:
        raise BadUpload("InvalidRequest", "The aws-chunked body has a chunk without a size.") from None


class _Input:
    """A request's input that holds nothing but a Body."""

    def __init__(self, body: Body) -> None:
        self._left: bytes = body

    def read(self, _size: int = -1) -> bytes:
        """The Body, once."""
        body, self._left = self._left, b""
        return body


def _rewrite(environ: dict[str, Any], body: Body) -> None:
    encodings = [item.strip() for item in environ.pop("HTTP_CONTENT_ENCODING", "").split(",")]
    kept = ",".join(item for item in encodings if item and item != "aws-chunked")
    if kept:
        environ["HTTP_CONTENT_ENCODING"] = kept
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    if environ.get("CONTENT_TYPE", "").startswith(FORMS):  # curl's and urllib's default; werkzeug would parse it
        environ["CONTENT_TYPE"] = "binary/octet-stream"
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["HTTP_X_AMZ_CONTENT_SHA256"] = "UNSIGNED-PAYLOAD"
    environ["wsgi.input"] = _Input(body)
    environ["wsgi.input_terminated"] = True
