from __future__ import annotations

from typing import Any

from include.jobs.inputs import inputs_digest


def request(bucket: str) -> dict[str, Any]:
    source = {"S3DataSource": {"S3Uri": f"s3://{bucket}/pairs/"}}
    return {"InputDataConfig": [{"ChannelName": "train", "DataSource": source}]}


def test_inputs_digest_changes_with_what_lies_in_the_channels_and_with_nothing_else(s3: Any, bucket: str) -> None:
    s3.put_object(Bucket=bucket, Key="pairs/1.jsonl", Body=b"one")
    first = inputs_digest(s3, request(bucket))

    s3.put_object(Bucket=bucket, Key="pairs/1.jsonl", Body=b"one")
    s3.put_object(Bucket=bucket, Key="other/2.jsonl", Body=b"two")
    assert inputs_digest(s3, request(bucket)) == first

    s3.put_object(Bucket=bucket, Key="pairs/1.jsonl", Body=b"changed")
    assert inputs_digest(s3, request(bucket)) != first
