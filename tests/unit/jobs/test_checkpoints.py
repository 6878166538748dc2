"""Checkpoints are intermediate: once the model is there they go, and nothing else does."""

from __future__ import annotations

from typing import Any

from include.jobs.checkpoints import remove_checkpoints

BUCKET = "search-bucket"


def keys(s3: Any) -> list[str]:
    return [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_checkpoints_are_removed_and_nothing_else(s3: Any) -> None:
    for name in ("run/checkpoints/ab/one/weights", "run/checkpoints/ab/other/weights", "run/model.tar.gz"):
        s3.put_object(Bucket=BUCKET, Key=name, Body=b"x")

    assert remove_checkpoints(s3, f"s3://{BUCKET}/run/checkpoints/") == 2
    assert remove_checkpoints(s3, f"s3://{BUCKET}/run/checkpoints/") == 0
    assert keys(s3) == ["run/model.tar.gz"]


def test_checkpoints_that_may_not_be_deleted_stay_and_are_told(s3: Any, caplog: Any) -> None:
    s3.put_object(Bucket=BUCKET, Key="run/checkpoints/weights", Body=b"x")

    class Denied:
        get_paginator = s3.get_paginator

        def delete_objects(self, **request: Any) -> dict[str, Any]:
            return {
                "Errors": [{"Key": entry["Key"], "Message": "Access Denied"} for entry in request["Delete"]["Objects"]]
            }

    assert remove_checkpoints(Denied(), f"s3://{BUCKET}/run/checkpoints/") == 0  # type: ignore[arg-type]
    assert "stay: Access Denied" in caplog.text
