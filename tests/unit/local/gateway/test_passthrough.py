"""What the gateway passes on: in pieces, as it comes, both ways."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from local.gateway.app import Gateway

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.anyio
SECONDS = 10


class Server:
    """A server that a test writes: `serve` has a connection to itself."""

    def __init__(self, serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> None:
        self._serve = serve

    async def __aenter__(self) -> Gateway:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        self._gateway = Gateway(f"http://127.0.0.1:{port}")
        return self._gateway

    async def __aexit__(self, *error: object) -> None:
        await self._gateway.context.upstream.close()
        self._server.close()
        await self._server.wait_closed()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._serve(reader, writer)
        writer.close()
        await writer.wait_closed()


class Client:
    """The ASGI side of one request: body pieces go in when the test lets them, answers come out as they arrive."""

    def __init__(
        self, method: str = "GET", target: str = "/_cat/indices", headers: dict[str, str] | None = None
    ) -> None:
        path, _, query = target.partition("?")
        self._scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in (headers or {}).items()],
        }
        self.pieces: asyncio.Queue[tuple[bytes, bool]] = asyncio.Queue()
        self.sent: list[Any] = []
        self.something_arrived = asyncio.Event()

    async def ask(self, gateway: Gateway, body: bytes | None = b"") -> Client:
        """Send the request; `body` None: the test puts the pieces, each with whether more follows."""
        if body is not None:
            self.pieces.put_nowait((body, False))
        await asyncio.wait_for(gateway(self._scope, self._receive, self._send), SECONDS)
        return self

    @property
    def status(self) -> int:
        return int(self.sent[0]["status"])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent[1:])

    async def _receive(self) -> dict[str, Any]:
        body, more = await self.pieces.get()
        return {"type": "http.request", "body": body, "more_body": more}

    async def _send(self, message: Any) -> None:
        self.sent.append(message)
        if message.get("body"):
            self.something_arrived.set()


async def test_forward_answer_arrives_in_pieces() -> None:
    client = Client()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n")
        await client.something_arrived.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    async with Server(serve) as gateway:
        await client.ask(gateway)
    assert (client.status, client.body) == (200, b"onetwo")


async def test_forward_request_leaves_in_pieces() -> None:
    client = Client("POST", "/things/_update/1?refresh=true", {"content-type": "application/x-ndjson"})

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"first\n")
        client.pieces.put_nowait((b"second\n", False))
        rest = await reader.readuntil(b"0\r\n\r\n")
        seen = json.dumps({"line": head.splitlines()[0].decode(), "rest": rest.decode()}).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(seen), seen))

    async with Server(serve) as gateway:
        client.pieces.put_nowait((b"first\n", True))
        await client.ask(gateway, body=None)
    seen = json.loads(client.body)
    assert seen["line"] == "POST /things/_update/1?refresh=true HTTP/1.1"
    assert "second" in seen["rest"]


async def test_forward_headers_go_through_but_those_of_a_connection() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        body = b"\n".join(sorted(head.lower().splitlines()[1:-1]))
        headers = b"X-Elastic: a\r\nWarning: one\r\nWarning: two\r\nKeep-Alive: 5\r\n"
        writer.write(b"HTTP/1.1 201 Created\r\n%sContent-Length: %d\r\n\r\n%s" % (headers, len(body), body))

    headers = {"x-opaque-id": "7", "authorization": "Basic eA==", "connection": "keep-alive", "accept-encoding": "gzip"}
    async with Server(serve) as gateway:
        client = await Client(headers=headers).ask(gateway)
        port = gateway.context.upstream.url.rpartition(":")[2]
    assert client.status == 201
    assert client.body.decode().splitlines() == [
        "accept-encoding: gzip",
        "authorization: basic ea==",
        f"host: 127.0.0.1:{port}",
        "x-opaque-id: 7",
    ]
    assert [value for name, value in client.sent[0]["headers"] if name == b"warning"] == [b"one", b"two"]
    assert b"keep-alive" not in client.headers


async def test_forward_head_keeps_the_length() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 345\r\n\r\n")

    async with Server(serve) as gateway:
        client = await Client("HEAD", "/things").ask(gateway)
    assert (client.status, client.headers[b"content-length"], client.body) == (404, b"345", b"")


async def test_forward_server_not_there_is_503_and_forgets_what_was_deployed() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        gateway = Gateway(f"http://127.0.0.1:{probe.getsockname()[1]}")
    lost: list[bool] = []
    gateway.context.upstream.on_lost = lambda: lost.append(True)
    client = await Client().ask(gateway)
    await gateway.context.upstream.close()
    error = json.loads(client.body)["error"]
    assert (client.status, error["type"], lost) == (503, "node_not_connected_exception", [True])
    assert "python -m local up" in error["reason"]
