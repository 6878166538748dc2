from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from opensearch_ml.clients import aws_client
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.wire_logs import LOGGERS

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary of a body 9c1f"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    levels = {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.NOTSET)
    yield
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.usefixtures("s3")
def test_bodies_of_aws_requests_are_not_logged_at_debug(caplog: pytest.LogCaptureFixture, bucket: str) -> None:
    with caplog.at_level(logging.DEBUG):
        s3: Any = aws_client("s3", None, "us-east-1")
        s3.put_object(Bucket=bucket, Key="x", Body=CANARY.encode())

    assert "botocore" in caplog.text
    assert CANARY not in caplog.text


def test_bodies_of_opensearch_requests_are_not_logged_at_debug(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SEARCH", json.dumps({"conn_type": "http", "host": "http://127.0.0.1:9"}))
    with caplog.at_level(logging.DEBUG):
        client = OpenSearchMLHook("search").get_conn()
        client.transport.max_retries = 0
        with pytest.raises(Exception, match="Connection"):
            client.index(index="x", body={"text": CANARY})

    assert CANARY not in caplog.text
