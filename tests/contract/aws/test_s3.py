from __future__ import annotations

import base64
import hashlib
import os
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from include.expiry import let_intermediates_expire
from include.layout import Layout
from include.requests.tags import INTERMEDIATE_TAG
from include.reuse.copy import copy_object
from tests.contract.aws.harness import BUCKET, signed_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.contract.aws.harness import StandInProcess

MIB = 1024 * 1024


def test_object_put_comes_back_with_metadata_and_etag(s3: Any) -> None:
    put = s3.put_object(
        Bucket=BUCKET, Key="plain/a b+ü.txt", Body=b"hello", ContentType="text/plain", Metadata={"a": "b"}
    )
    got = s3.get_object(Bucket=BUCKET, Key="plain/a b+ü.txt")
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["ContentLength"], got["Metadata"]) == ("text/plain", 5, {"a": "b"})
    assert put["ETag"] == got["ETag"] == f'"{hashlib.md5(b"hello", usedforsecurity=False).hexdigest()}"'


def test_object_empty_comes_back_empty(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="empty", Body=b"")
    assert s3.get_object(Bucket=BUCKET, Key="empty")["Body"].read() == b""


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        pytest.param("bytes=2-4", b"234", id="middle"),
        pytest.param("bytes=7-", b"789", id="to_the_end"),
        pytest.param("bytes=-2", b"89", id="last"),
        pytest.param("bytes=8-100", b"89", id="beyond_the_end"),
    ],
)
def test_object_range_gives_these_bytes(s3: Any, asked: str, expected: bytes) -> None:
    s3.put_object(Bucket=BUCKET, Key="digits", Body=b"0123456789")
    got = s3.get_object(Bucket=BUCKET, Key="digits", Range=asked)
    assert (got["Body"].read(), got["ResponseMetadata"]["HTTPStatusCode"]) == (expected, 206)


def test_object_tagged_keeps_its_body_and_its_copy_has_no_tag(s3: Any) -> None:
    assert let_intermediates_expire(s3, Layout(BUCKET, "p", "m", "run")) == 0
    s3.put_object(Bucket=BUCKET, Key="p/m/run/raw-corpus/documents.jsonl", Body=b"text")
    assert let_intermediates_expire(s3, Layout(BUCKET, "p", "m", "run")) == 1
    copy_object(s3, f"s3://{BUCKET}/p/m/run/raw-corpus/documents.jsonl", f"s3://{BUCKET}/p/m/other/x.jsonl")

    def tags(key: str) -> list[dict[str, str]]:
        return list(s3.get_object_tagging(Bucket=BUCKET, Key=key)["TagSet"])

    key, value = INTERMEDIATE_TAG
    assert tags("p/m/run/raw-corpus/documents.jsonl") == [{"Key": key, "Value": value}]
    assert s3.get_object(Bucket=BUCKET, Key="p/m/run/raw-corpus/documents.jsonl")["Body"].read() == b"text"
    assert tags("p/m/other/x.jsonl") == []


def test_object_range_after_the_end_is_refused(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="digits", Body=b"0123456789")
    with pytest.raises(ClientError, match="InvalidRange"):
        s3.get_object(Bucket=BUCKET, Key="digits", Range="bytes=20-30")


def test_object_missing_is_no_such_key(s3: Any) -> None:
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket=BUCKET, Key="nowhere")


def test_put_into_missing_bucket_is_refused_and_leaves_no_file(aws: StandInProcess, s3: Any) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_object(Bucket="no-such-bucket-here", Key="a", Body=b"x" * MIB)
    assert list((aws.data / "moto" / "incoming").iterdir()) == []


@pytest.mark.parametrize("digest", ["ContentMD5", "ChecksumCRC32"])
def test_put_with_wrong_digest_is_refused(s3: Any, digest: str) -> None:
    wrong = base64.b64encode(b"x" * (16 if digest == "ContentMD5" else 4)).decode()
    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket=BUCKET, Key="bad", Body=b"content", **{digest: wrong})


def test_put_if_none_match_keeps_what_is_there(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="once", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        s3.put_object(Bucket=BUCKET, Key="once", Body=b"second", IfNoneMatch="*")
    assert s3.get_object(Bucket=BUCKET, Key="once")["Body"].read() == b"first"


def test_upload_in_parts_comes_back_whole_with_checksums(s3: Any, tmp_path: Path) -> None:
    content = os.urandom(20 * MIB + 17)
    (tmp_path / "source").write_bytes(content)
    s3.upload_file(str(tmp_path / "source"), BUCKET, "parts", Config=TransferConfig(multipart_chunksize=5 * MIB))
    s3.download_file(BUCKET, "parts", str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == content
    head = s3.head_object(Bucket=BUCKET, Key="parts")
    assert head["ContentLength"] == len(content)
    assert head["ETag"].endswith('-5"')


def test_upload_aborted_leaves_no_object(s3: Any) -> None:
    upload = s3.create_multipart_upload(Bucket=BUCKET, Key="aborted")["UploadId"]
    s3.upload_part(Bucket=BUCKET, Key="aborted", UploadId=upload, PartNumber=1, Body=b"x")
    s3.abort_multipart_upload(Bucket=BUCKET, Key="aborted", UploadId=upload)
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket=BUCKET, Key="aborted")


def test_upload_streamed_in_aws_chunks_is_decoded(aws: StandInProcess, s3: Any) -> None:
    """What SDKs send over HTTPS: chunks, with a checksum in a trailer."""
    crc32 = base64.b64encode(zlib.crc32(b"hello world").to_bytes(4, "big"))
    headers = {
        "Authorization": signed_for("s3"),
        "Content-Encoding": "aws-chunked",
        "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "x-amz-decoded-content-length": "11",
        "x-amz-sdk-checksum-algorithm": "CRC32",
        "x-amz-trailer": "x-amz-checksum-crc32",
    }
    body = b"4\r\nhell\r\n7\r\no world\r\n0\r\nx-amz-checksum-crc32:" + crc32 + b"\r\n\r\n"
    assert aws.request("PUT", f"/{BUCKET}/chunked", content=body, headers=headers).status_code == 200
    got = s3.get_object(Bucket=BUCKET, Key="chunked", ChecksumMode="ENABLED")
    assert (got["Body"].read(), got["ChecksumCRC32"]) == (b"hello world", crc32.decode())
    assert "ContentEncoding" not in got


def test_copy_outlives_its_source(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="source", Body=b"copied")
    s3.copy_object(Bucket=BUCKET, Key="copy", CopySource=f"{BUCKET}/source")
    s3.delete_object(Bucket=BUCKET, Key="source")
    s3.put_object(Bucket=BUCKET, Key="next", Body=b"")  # a snapshot later, unused files are gone
    assert s3.get_object(Bucket=BUCKET, Key="copy")["Body"].read() == b"copied"


def test_object_overwritten_is_replaced_and_versions_are_kept_where_asked(s3: Any) -> None:
    s3.create_bucket(Bucket="versioned-bucket")
    s3.put_bucket_versioning(Bucket="versioned-bucket", VersioningConfiguration={"Status": "Enabled"})
    first = s3.put_object(Bucket="versioned-bucket", Key="a", Body=b"1")["VersionId"]
    s3.put_object(Bucket="versioned-bucket", Key="a", Body=b"2")
    assert s3.get_object(Bucket="versioned-bucket", Key="a")["Body"].read() == b"2"
    assert s3.get_object(Bucket="versioned-bucket", Key="a", VersionId=first)["Body"].read() == b"1"


def test_list_and_delete_see_what_was_put(s3: Any) -> None:
    for name in ("x", "y", "z"):
        s3.put_object(Bucket=BUCKET, Key=f"listed/{name}", Body=name)
    listed = s3.list_objects_v2(Bucket=BUCKET, Prefix="listed/", MaxKeys=2)
    assert [item["Key"] for item in listed["Contents"]] == ["listed/x", "listed/y"]
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "listed/x"}, {"Key": "listed/y"}]})
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET, Prefix="listed/")["Contents"]] == ["listed/z"]


def test_presigned_url_gives_the_object(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="shared", Body=b"for a link")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": BUCKET, "Key": "shared"})
    assert httpx.get(url, trust_env=False).content == b"for a link"


def test_tags_and_encryption_are_kept(s3: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="tagged", Body=b"x", Tagging="run=1", ServerSideEncryption="aws:kms")
    assert s3.get_object_tagging(Bucket=BUCKET, Key="tagged")["TagSet"] == [{"Key": "run", "Value": "1"}]
    assert s3.head_object(Bucket=BUCKET, Key="tagged")["ServerSideEncryption"] == "aws:kms"


def test_objects_of_hundreds_of_megabytes_stay_out_of_memory(aws: StandInProcess, s3: Any, tmp_path: Path) -> None:
    block = os.urandom(MIB)
    with (tmp_path / "large").open("wb") as file:
        for _ in range(300):
            file.write(block)
    assert aws.process is not None
    process = psutil.Process(aws.process.pid)
    before = process.memory_info().rss
    s3.upload_file(str(tmp_path / "large"), BUCKET, "large")
    with (tmp_path / "large").open("rb") as file:
        s3.put_object(Bucket=BUCKET, Key="large-in-one", Body=file)
    s3.download_file(BUCKET, "large", str(tmp_path / "copy"))
    with (tmp_path / "copy").open("rb") as copy:
        assert all(copy.read(MIB) == block for _ in range(300))
    assert process.memory_info().rss - before < 100 * MIB
    s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "large"}, {"Key": "large-in-one"}]})


def test_eight_threads_put_and_get_without_an_error(s3: Any) -> None:
    def put_and_get(number: int) -> bool:
        body = f"{number}".encode() * 1000
        s3.put_object(Bucket=BUCKET, Key=f"threads/{number}", Body=body)
        return bool(s3.get_object(Bucket=BUCKET, Key=f"threads/{number}")["Body"].read() == body)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(put_and_get, range(80)))
