"""Between ASGI and requests: bodies in, answers out, and everything else straight through to the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from local.gateway.rest import Answer, RestRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from local.gateway.upstream import Upstream

# RFC 9110, section 7.6.1: these are of one connection; `host` and `expect` are between client and gateway.
_OF_CONNECTION = frozenset(
    b"connection keep-alive proxy-connection proxy-authenticate te trailer transfer-encoding upgrade".split()
)
_NOT_FORWARDED = _OF_CONNECTION | {b"host", b"expect"}


def target(scope: Scope) -> str:
    """Path and query of the request, as they came."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    return (path + (b"?" + query if query else b"")).decode("latin-1")


async def whole(receive: Receive) -> bytes:
    """The request's body."""
    return b"".join([piece async for piece in _pieces(receive)])


async def read_request(scope: Scope, receive: Receive) -> RestRequest:
    """The request with its whole body."""
    body = await whole(receive)
    return RestRequest(scope["method"], scope["path"], target(scope), list(scope["headers"]), body)


async def send_answer(answer: Answer, request: RestRequest, send: Send, upstream: Upstream) -> None:
    """Send an answer in one piece, with the headers that the server puts on every answer."""
    content = answer.encoded(request)
    headers = [
        *((name, value) for name, value in request.headers if name == b"x-opaque-id"),
        *upstream.version_header,
        (b"content-type", answer.content_type.encode()),
        (b"content-length", str(len(content)).encode()),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else content})


async def forward(scope: Scope, receive: Receive, send: Send, upstream: Upstream, body: bytes | None = None) -> None:
    """Let the server answer: method, path, headers and body as they came, the answer as it comes.

    Args:
        scope: of the request.
        receive: its body, in as many pieces as it has.
        send: takes the answer.
        upstream: the server.
        body: instead of `receive`, if the body was read already.
    """
    headers = [(name, value) for name, value in scope["headers"] if name not in _NOT_FORWARDED]
    content = await _content(receive, headers) if body is None else body
    response = await upstream.send(scope["method"], target(scope), headers, content)
    try:
        kept = [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in _OF_CONNECTION]
        await send({"type": "http.response.start", "status": response.status_code, "headers": kept})
        async for piece in response.aiter_raw():
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
    finally:
        await response.aclose()


async def _content(receive: Receive, headers: list[tuple[bytes, bytes]]) -> bytes | AsyncIterator[bytes]:
    """The body: whole if it came in one piece, else streamed."""
    message: Any = await receive()
    first: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        return first
    if not any(name == b"content-length" for name, _ in headers):
        headers.append((b"transfer-encoding", b"chunked"))
    return _following(first, receive)


async def _following(first: bytes, receive: Receive) -> AsyncIterator[bytes]:
    if first:
        yield first
    async for piece in _pieces(receive):
        yield piece


async def _pieces(receive: Receive) -> AsyncIterator[bytes]:
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            return
        if message.get("body"):
            yield message["body"]
        if not message.get("more_body", False):
            return
