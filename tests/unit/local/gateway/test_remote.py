"""What keeps a call from being made, and when it is made again."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from local.gateway.connector import CLIENT_CONFIG
from local.gateway.errors import OpenSearchError
from local.gateway.remote import RemoteModel, RemoteRequest

pytestmark = pytest.mark.anyio

REST = b"Connection: close\r\nContent-Length: 2\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n" + REST + b"[]"
THROTTLED = b"HTTP/1.1 400 Bad Request\r\nx-amzn-ErrorType: ThrottlingException:\r\n" + REST + b"{}"


class _Server:
    """Answers each connection with the next of its answers."""

    def __init__(self, *answers: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._answers = answers
        self.requests: list[bytes] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}/model"

    def close(self) -> None:
        self._thread.join(timeout=5)
        self._listener.close()

    def _serve(self) -> None:
        for answer in self._answers:
            connection, _ = self._listener.accept()
            with connection:
                received = b""
                while not received.endswith(b"{}"):  # all of it: closing with a rest unread would reset the connection
                    received += connection.recv(65536)
                self.requests.append(received)
                connection.sendall(answer)


async def _call(url: str, *, private_ip: bool = True, **config: Any) -> str:
    model = RemoteModel({**CLIENT_CONFIG, "retry_backoff_millis": 1, **config}, private_ip=private_ip)
    headers = {"Authorization": "Bearer k", "Content-Length": "2", "Content-Type": "application/json"}
    try:
        return (await model.call(RemoteRequest("POST", url, headers, b"{}"))).body
    finally:
        await model.close()


async def test_call_sends_no_headers_of_its_own() -> None:
    server = _Server(OK)
    await _call(server.url)
    server.close()
    head = server.requests[0].split(b"\r\n\r\n")[0].decode().lower()
    assert sorted(line.split(":")[0] for line in head.split("\r\n")[1:]) == [
        "authorization",
        "content-length",
        "content-type",
        "host",
    ]


async def test_call_throttled_by_aws_is_tried_again() -> None:
    server = _Server(THROTTLED, THROTTLED, OK)
    assert await _call(server.url, max_retry_times=2) == "[]"
    server.close()


async def test_call_throttled_without_retries_fails_with_the_status() -> None:
    server = _Server(THROTTLED)
    with pytest.raises(OpenSearchError, match="denied due to remote server throttling") as refused:
        await _call(server.url)
    server.close()
    assert refused.value.status == 400


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "[::1]"])
async def test_call_private_address_is_refused(host: str) -> None:
    with pytest.raises(OpenSearchError, match="has private ip address"):
        await _call(f"http://{host}:9/", private_ip=False)
