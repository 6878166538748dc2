"""Signatures of `aws_sigv4` connectors are those that the real plugin computed (13_aws_sigv4)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.gateway.remote import RemoteRequest
from local.gateway.signing import signed
from tests.contract.gateway.recording import REMOTE, load
from tests.contract.gateway.test_recordings import OURS

PARAMETERS = {"region": "us-east-1", "service_name": "sagemaker"}
CREDENTIAL = {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"}
CALLS = [call for exchange in load(OURS / "13_aws_sigv4.jsonl") for call in exchange.remote_calls]


@pytest.mark.parametrize("call", CALLS, ids=[f"{at}-{call['path']}" for at, call in enumerate(CALLS, 1)])
def test_signed_recorded_request_has_the_recorded_signature(
    call: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    date = datetime.strptime(call["headers"]["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda: date)
    content = call["body"].encode()
    headers = {"content-type": "application/json", "Content-Length": str(len(content))}
    request = signed(
        RemoteRequest(call["method"], f"http://{REMOTE}{call['path']}", headers, content), CREDENTIAL, PARAMETERS
    )
    assert request.headers["Authorization"] == call["headers"]["Authorization"]
    assert request.headers["x-amz-content-sha256"] == call["headers"]["x-amz-content-sha256"]


def test_signed_session_token_is_sent_and_signed() -> None:
    request = signed(
        RemoteRequest("POST", f"http://{REMOTE}/", {}, b"{}"), {**CREDENTIAL, "session_token": "T"}, PARAMETERS
    )
    assert request.headers["X-Amz-Security-Token"] == "T"
    assert "x-amz-security-token" in request.headers["Authorization"]
