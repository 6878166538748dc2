from __future__ import annotations

import base64
import hashlib
import io
import pickle
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from moto.s3.models import get_canned_acl

from local.aws.s3.body import STORE, Body
from local.aws.s3.keys import DiskKey, checksum
from local.aws.s3.upload import BadUpload, is_upload, receive

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> None:
    STORE.open(tmp_path)


def test_body_has_the_length_and_slices_of_its_file() -> None:
    body = STORE.write(b"0123456789")
    assert len(body) == 10
    assert body
    assert (len(body[2:5]), body[2:5].content()) == (3, b"234")
    assert body[2:8][1:3].content() == b"34"
    assert body[5:100].content() == b"56789"
    assert bytes(body) is body


def test_body_empty_is_false() -> None:
    assert not STORE.write(b"")


def test_body_has_the_md5_of_its_content() -> None:
    assert STORE.write(b"hello").digest() == hashlib.md5(b"hello", usedforsecurity=False).hexdigest()


def test_body_pickled_finds_its_file_again() -> None:
    body = STORE.write(b"0123456789")[3:6]
    pickled = pickle.dumps(body)
    assert pickle.loads(pickled).content() == b"345"  # noqa: S301


def test_bodies_joined_are_one() -> None:
    joined = STORE.join([STORE.write(b"abc"), STORE.write(b""), STORE.write(b"defg")])
    assert (len(joined), joined.content()) == (7, b"abcdefg")


def test_key_keeps_its_content_over_a_pickle_and_an_access_list_of_its_own() -> None:
    first, second = (DiskKey(name, b"hello", "123456789012", "us-east-1") for name in ("first", "second"))
    first.set_acl(public := get_canned_acl("public-read"))

    found = pickle.loads(pickle.dumps([first, second]))  # noqa: S301 - its own bytes, as the snapshot keeps them

    assert [key.value.content() for key in found] == [b"hello", b"hello"]
    assert [len(key.acl.grants) for key in found] == [len(public.grants), 1]
    assert [key.etag for key in found] == [first.etag, second.etag]


def test_store_opened_again_deletes_what_was_half_uploaded(tmp_path: Path) -> None:
    kept = STORE.write(b"kept")
    STORE.new_file().write_bytes(b"half")
    STORE.open(tmp_path)
    assert list(STORE.incoming.iterdir()) == []
    assert kept.content() == b"kept"


def test_store_tells_which_files_are_unused() -> None:
    used, unused = STORE.write(b"1"), STORE.write(b"2")
    assert STORE.unused({used.path.name}) == [unused.path]


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksum_of_bodies_is_that_of_their_content(algorithm: str) -> None:
    bodies = [STORE.write(b"abc"), STORE.write(b"def")]
    assert checksum(bodies, algorithm) == checksum([b"abcdef"], algorithm)


def request(body: bytes = b"hello", path: str = "/bucket/key", query: str = "", **headers: str) -> dict[str, Any]:
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    base = {"REQUEST_METHOD": "PUT", "PATH_INFO": path, "QUERY_STRING": query, "wsgi.input": io.BytesIO(body)}
    return {**base, **named}


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        pytest.param(request(), True, id="object"),
        pytest.param(request(query="uploadId=a&partNumber=1"), True, id="part"),
        pytest.param(request(query="X-Amz-Signature=a&x-id=PutObject"), True, id="presigned"),
        pytest.param(request(path="/bucket/"), False, id="bucket"),
        pytest.param(request(query="tagging"), False, id="tagging"),
        pytest.param(request(x_amz_copy_source="/a/b"), False, id="copy"),
        pytest.param({**request(), "REQUEST_METHOD": "POST"}, False, id="post"),
    ],
)
def test_upload_is_told_from_other_requests(environ: dict[str, Any], expected: bool) -> None:
    assert is_upload(environ) is expected


def test_upload_received_is_a_body_in_its_request() -> None:
    environ = request(content_md5=base64.b64encode(hashlib.md5(b"hello", usedforsecurity=False).digest()).decode())
    body = receive(environ)
    assert body.content() == b"hello"
    read = environ["wsgi.input"].read()
    assert isinstance(read, Body)
    assert environ["wsgi.input"].read() == b""
    assert environ["CONTENT_LENGTH"] == "5"


def test_upload_in_signed_chunks_is_decoded() -> None:
    chunks = b"3;chunk-signature=abc\r\nhel\r\n2;chunk-signature=def\r\nlo\r\n0;chunk-signature=0\r\n\r\n"
    headers = {"x_amz_content_sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "content_encoding": "aws-chunked,gzip"}
    environ = request(chunks, **headers)
    assert receive(environ).content() == b"hello"
    assert environ["HTTP_CONTENT_ENCODING"] == "gzip"


def test_upload_with_a_checksum_in_its_trailer_is_checked() -> None:
    right = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big"))
    headers = {"x_amz_content_sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}
    environ = request(b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + right + b"\r\n\r\n", **headers)
    assert receive(environ).content() == b"hello"
    assert environ["HTTP_X_AMZ_CHECKSUM_CRC32"] == right.decode()
    with pytest.raises(BadUpload, match="CRC32"):
        receive(request(b"5\r\nhallo\r\n0\r\nx-amz-checksum-crc32:" + right + b"\r\n\r\n", **headers))


@pytest.mark.parametrize(
    ("environ", "code"),
    [
        pytest.param(request(content_md5="AAAA"), "BadDigest", id="md5"),
        pytest.param(request(x_amz_decoded_content_length="9"), "IncompleteBody", id="length"),
        pytest.param(request(b"5\r\nhel", x_amz_content_sha256="STREAMING-X"), "IncompleteBody", id="cut_off"),
        pytest.param(request(b"what?", x_amz_content_sha256="STREAMING-X"), "InvalidRequest", id="no_chunks"),
    ],
)
def test_upload_that_is_not_what_it_says_is_refused_and_leaves_no_file(environ: dict[str, Any], code: str) -> None:
    with pytest.raises(BadUpload) as refused:
        receive(environ)
    assert refused.value.code == code
    assert list(STORE.incoming.iterdir()) == []
