"""The OpenSearch server behind the gateway: one pooled client for what is passed on and for the gateway's own calls."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from local.gateway.errors import OpenSearchError, UpstreamError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

# OpenSearch decides how long a request may take.
NO_TIMEOUT = httpx.Timeout(None)
_VERSION = b"x-opensearch-version"
POOL = httpx.Limits(max_connections=None, max_keepalive_connections=64, keepalive_expiry=30)


class Reply(NamedTuple):
    """A decoded answer of the server."""

    status: int
    body: dict[str, Any]


class Upstream:
    """A pooled client of one OpenSearch.

    Args:
        url: `http://host:port` of the server.
        on_lost: called when the server cannot be reached; what was deployed on it is gone then.
    """

    def __init__(self, url: str, on_lost: Callable[[], None] = lambda: None) -> None:
        self.url = url.rstrip("/")
        self.on_lost = on_lost
        self.version_header: list[tuple[bytes, bytes]] = []
        self._client = httpx.AsyncClient(timeout=NO_TIMEOUT, limits=POOL, trust_env=False)

    async def send(
        self, method: str, target: str, headers: list[tuple[bytes, bytes]], content: bytes | AsyncIterator[bytes]
    ) -> httpx.Response:
        """The server's answer with its body still unread; the caller closes it.

        Args:
            method: HTTP method.
            target: path and query, as they came.
            headers: raw headers, without `host`.
            content: the body, whole or in pieces.

        Raises:
            OpenSearchError: 503, the server cannot be reached.
        """
        request = httpx.Request(method, self.url + target, headers=headers, content=content)
        try:
            response = await self._client.send(request, stream=True)
        except httpx.TransportError as error:
            self.on_lost()
            raise OpenSearchError(
                503,
                "node_not_connected_exception",
                f"The gateway cannot reach OpenSearch at {self.url}: {error or type(error).__name__}. "
                "Start it (`python -m local up`) or see its log (`python -m local logs opensearch`).",
            ) from error
        if not self.version_header:
            self.version_header = [header for header in response.headers.raw if header[0].lower() == _VERSION]
        return response

    async def call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """The decoded answer of the gateway's own call; arguments and errors as in `answer`."""
        return (await self.answer(method, path, body)).body

    async def answer(self, method: str, path: str, body: Any = None) -> Reply:
        """Status and decoded answer of the gateway's own call.

        Args:
            method: HTTP method.
            path: path and query.
            body: sent as JSON; bytes and None as they are.

        Raises:
            UpstreamError: the server answered 4xx or 5xx.
            OpenSearchError: 503, the server cannot be reached.
        """
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        response = await self.send(method, path, [(b"content-type", b"application/json")], content)
        try:
            raw = await response.aread()
        finally:
            await response.aclose()
        answer = json.loads(raw) if raw else {}
        if response.status_code >= 400:
            raise UpstreamError(response.status_code, answer if isinstance(answer, dict) else {"error": str(answer)})
        return Reply(response.status_code, answer)

    async def found(self, path: str) -> bool:
        """Whether `HEAD path` is answered with 200."""
        response = await self.send("HEAD", path, [], b"")
        await response.aclose()
        return response.status_code == 200

    async def close(self) -> None:
        """End all connections."""
        await self._client.aclose()
