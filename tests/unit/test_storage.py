from __future__ import annotations

import gzip
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from include import storage
from include.errors import TerminalError
from include.storage import (
    check_bucket,
    list_uris,
    read_json,
    read_lines,
    read_raw_lines,
    write_bytes,
    write_json,
    write_lines,
)


@pytest.fixture
def uri(bucket: str) -> str:
    return f"s3://{bucket}/a/b.jsonl"


def put(s3: Any, uri: str, body: bytes) -> None:
    write_bytes(s3, uri, body, "application/octet-stream")


def test_lines_come_back_as_they_were_written(s3: Any, uri: str) -> None:
    lines = ["first\n", '{"text": "ünïcode 🚀 \u2028 \x85"}\n', "\n", "return\rinside\n"]

    assert write_lines(s3, uri, lines) == 4
    assert list(read_lines(s3, uri)) == lines


def test_lines_larger_than_one_part_come_back(s3: Any, uri: str) -> None:
    line = "x" * 99_999 + "\n"

    write_lines(s3, uri, (line for _ in range(600)))

    assert sum(1 for _ in read_lines(s3, uri)) == 600
    assert s3.head_object(Bucket="search-bucket", Key="a/b.jsonl")["ETag"].strip('"').endswith("-2")  # two parts


def test_write_lines_no_lines_writes_an_empty_object(s3: Any, uri: str) -> None:
    assert write_lines(s3, uri, []) == 0
    assert list(read_lines(s3, uri)) == []


@pytest.mark.parametrize("lines", [pytest.param(3, id="small"), pytest.param(600, id="after-the-first-part")])
def test_write_lines_error_midway_leaves_no_object(s3: Any, uri: str, bucket: str, lines: int) -> None:
    def failing() -> Any:
        yield from ("x" * 99_999 + "\n" for _ in range(lines))
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        write_lines(s3, uri, failing())

    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=bucket)


def test_write_lines_no_bucket_says_so(s3: Any) -> None:
    with pytest.raises(TerminalError, match=r"s3://nowhere/x is not there: the bucket does not exist"):
        write_lines(s3, "s3://nowhere/x", ["line\n"])


def test_read_lines_gzip_is_unpacked(s3: Any, uri: str) -> None:
    put(s3, f"{uri}.gz", gzip.compress(b"one\ntwo\n"))

    assert list(read_lines(s3, f"{uri}.gz")) == ["one\n", "two\n"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"id": "1", "text": "t"}\n', id="not-packed"),
        pytest.param(gzip.compress(bytes(range(256)) * 4_000)[:-500], id="cut-off"),
        pytest.param(gzip.compress(b"one\n" * 1_000)[:20] + b"\x00" * 40, id="broken"),
    ],
)
def test_read_lines_bad_gzip_names_the_object_and_what_to_do(s3: Any, uri: str, body: bytes) -> None:
    put(s3, f"{uri}.gz", body)

    with pytest.raises(TerminalError, match=r"b\.jsonl\.gz cannot be unpacked .*without \.gz"):
        list(read_raw_lines(s3, f"{uri}.gz"))


def test_read_lines_byte_order_mark_is_left_out_of_the_first_line_only(s3: Any, uri: str) -> None:
    put(s3, uri, "\ufeffone\n\ufefftwo\n".encode())

    assert list(read_lines(s3, uri)) == ["one\n", "\ufefftwo\n"]


def test_read_lines_other_encoding_names_the_line(s3: Any, uri: str) -> None:
    put(s3, uri, b"one\ncaf\xe9\n")

    with pytest.raises(TerminalError, match=r"b\.jsonl, line 2, is not UTF-8 \(byte 3 of the line\)"):
        list(read_lines(s3, uri))


def test_read_lines_no_object_says_so(s3: Any, uri: str) -> None:
    with pytest.raises(TerminalError, match=r"b\.jsonl is not there: there is no such object"):
        list(read_lines(s3, uri))


def test_json_comes_back_as_it_was_written(s3: Any, uri: str) -> None:
    assert write_json(s3, uri, {"name": "ünïcode", "values": [1, 2.5, None]}) == uri
    assert read_json(s3, uri) == {"name": "ünïcode", "values": [1, 2.5, None]}


def test_json_that_is_none_names_the_object_and_what_to_do(s3: Any, uri: str) -> None:
    put(s3, uri, b"<html>502 Bad Gateway</html>")

    with pytest.raises(TerminalError, match=r"s3://search-bucket/a/b\.jsonl is not JSON .* restore it"):
        read_json(s3, uri)


def test_write_lines_upload_of_which_nobody_knows_is_aborted(s3: Any, uri: str, bucket: str) -> None:
    s3.create_multipart_upload(Bucket=bucket, Key="a/b.jsonl")  # its answer was lost
    s3.create_multipart_upload(Bucket=bucket, Key="a/b.jsonl.other")

    with pytest.raises(RuntimeError, match="broke"):
        write_lines(s3, uri, _breaking())

    left = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == ["a/b.jsonl.other"]


def _breaking() -> Any:
    yield "a line\n"
    raise RuntimeError("the source broke")


def test_list_uris_takes_what_lies_at_or_below_and_not_beside(s3: Any, bucket: str) -> None:
    for key in ("docs", "docs/b.jsonl", "docs/deep/a.jsonl", "docs/readme.txt", "docs-old/c.jsonl"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"")

    assert list_uris(s3, f"s3://{bucket}/docs") == [
        f"s3://{bucket}/{key}" for key in ("docs", "docs/b.jsonl", "docs/deep/a.jsonl", "docs/readme.txt")
    ]
    assert list_uris(s3, f"s3://{bucket}/docs/", (".jsonl",)) == [
        f"s3://{bucket}/docs/b.jsonl",
        f"s3://{bucket}/docs/deep/a.jsonl",
    ]
    assert len(list_uris(s3, f"s3://{bucket}")) == 5


def test_list_uris_many_pages_are_read(s3: Any, bucket: str) -> None:
    for number in range(1_001):
        s3.put_object(Bucket=bucket, Key=f"n/{number:04}", Body=b"")

    assert len(list_uris(s3, f"s3://{bucket}/n/")) == 1_001


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        pytest.param("404", 404, "is not there: the bucket does not exist", id="missing"),
        pytest.param("403", 403, "may not be used with the credentials of aws_conn_id", id="denied"),
        pytest.param("InvalidAccessKeyId", 403, "cannot be used: .*InvalidAccessKeyId", id="unknown-key"),
        pytest.param("PermanentRedirect", 301, "cannot be used: .*PermanentRedirect", id="another-region"),
    ],
)
def test_check_bucket_refused_says_what_to_do(code: str, status: int, message: str) -> None:
    client = boto3.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("head_bucket", code, http_status_code=status)

        with pytest.raises(TerminalError, match=f"s3://mine {message}"):
            check_bucket(client, "mine")


@pytest.mark.parametrize("code", ["SlowDown", "InternalError"])
def test_storage_what_may_pass_is_not_called_terminal(code: str) -> None:
    client = boto3.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("head_bucket", code, http_status_code=503)
        stub.add_client_error("list_objects_v2", code, http_status_code=503)
        stub.add_client_error("get_object", code, http_status_code=503)
        stub.add_client_error("create_multipart_upload", code, http_status_code=503)

        for call in (
            lambda: check_bucket(client, "b"),
            lambda: list_uris(client, "s3://b/k"),
            lambda: list(read_lines(client, "s3://b/k")),
            lambda: write_lines(client, "s3://b/k", ["line\n"]),
        ):
            with pytest.raises(ClientError, match=code):
                call()


def test_read_lines_denied_says_what_to_allow() -> None:
    client = boto3.client("s3")
    with Stubber(client) as stub:
        stub.add_client_error("get_object", "AccessDenied", http_status_code=403)

        with pytest.raises(TerminalError, match=r"s3://b/k may not be used .*Allow s3:ListBucket, s3:GetObject"):
            list(read_lines(client, "s3://b/k"))


def test_read_lines_line_that_would_fill_the_memory_is_refused(
    s3: Any, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Packed, a gigabyte of zeros is a megabyte."""
    monkeypatch.setattr(storage, "MAX_LINE_BYTES", 1_000)
    s3.put_object(Bucket=bucket, Key="bomb.jsonl.gz", Body=gzip.compress(b"{}\n" + bytes(100_000)))
    lines = read_lines(s3, f"s3://{bucket}/bomb.jsonl.gz")

    assert next(lines) == "{}\n"
    with pytest.raises(TerminalError, match=r"bomb\.jsonl\.gz, line 2, has more than 1000 bytes"):
        next(lines)
