"""The call to a remote model: one HTTP request as ML Commons sends it, and what it says when that goes wrong.

No Accept, no User-Agent, no retries but for a throttling AWS; a model's error is passed on with its own status.
"""

from __future__ import annotations

import asyncio
import ipaddress
import random
import socket
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

import httpx

from local.gateway.errors import OpenSearchError, refuse

if TYPE_CHECKING:
    from collections.abc import Iterator

ACQUIRE_SECONDS = 10
THROTTLED = "remote_connector_throttling_exception"
_AWS_ERROR_HEADER = "x-amzn-errortype"
_CLOSED = (
    "The connection was closed during the request. The request will usually succeed on a retry, but if it does not: "
    "consider disabling any proxies you have configured, enabling debug logging, or performing a TCP dump to identify "
    "the root cause. If this is a streaming operation, validate that data is being read or written in a timely manner. "
    "Channel Information: ChannelDiagnostics(channel=[id: 0x{id:08x}, L:/{local} ! R:/{remote}], "
    "channelAge=PT{age:.9f}S, requestCount=1, responseCount=0)"
)


class RemoteRequest(NamedTuple):
    """A request to a remote model; `content` is empty for GET."""

    method: str
    url: str
    headers: dict[str, str]
    content: bytes


class RemoteAnswer(NamedTuple):
    """A remote model's answer with a status that counts as success."""

    status: int
    body: str


class RemoteModel:
    """A pool of connections to the remote models of one connector.

    Args:
        config: the connector's `client_config`, complete; timeouts are seconds.
        private_ip: whether addresses of private networks may be called; decided when the model is deployed.
    """

    def __init__(self, config: dict[str, Any], *, private_ip: bool) -> None:
        self._config = config
        self._private_ip = private_ip
        read, connect = float(config["read_timeout"]), float(config["connection_timeout"])
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(read, connect=connect, pool=ACQUIRE_SECONDS),
            limits=httpx.Limits(max_connections=config["max_connection"]),
            trust_env=False,
        )

    async def call(self, request: RemoteRequest) -> RemoteAnswer:
        """The remote model's answer.

        Raises:
            OpenSearchError: with the remote's status if it answered, else 500; 400 if it may not be called.
        """
        url = urlsplit(request.url)
        await self._check_address(url)
        deadline = time.monotonic() + float(self._config["retry_timeout_seconds"])
        for pause in self._pauses():
            try:
                return await self._send(request, url)
            except OpenSearchError as error:
                if error.error["type"] != THROTTLED or pause is None or time.monotonic() + pause > deadline:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("the last pause is None")

    async def close(self) -> None:
        """End all connections."""
        await self._client.aclose()

    def _pauses(self) -> Iterator[float | None]:
        """Seconds before each retry of a throttled call; None where there is no further one."""
        retries = int(self._config["max_retry_times"])
        base = self._config["retry_backoff_millis"] / 1000
        attempt = 0
        while attempt != retries:
            yield _backoff(self._config["retry_backoff_policy"], base, attempt)
            attempt += 1
        yield None

    async def _check_address(self, url: SplitResult) -> None:
        host = url.hostname or ""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            cause = {"type": "unknown_host_exception", "reason": f"{host}: {error.strerror}"}
            raise refuse("remote_unknown_host", host=host, reason=error.strerror, caused_by=cause) from error
        if not self._private_ip and any(_is_private(str(address[0])) for *_, address in found):
            refusal = refuse("remote_private", host=host)
            refusal.caused_by = dict(refusal.error)
            raise refusal

    async def _send(self, request: RemoteRequest, url: SplitResult) -> RemoteAnswer:
        started = time.monotonic()
        try:
            response = await self._client.send(
                httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
            )
        except httpx.TransportError as error:
            reason = _reason(error, url, time.monotonic() - started)
            raise refuse("remote_unreachable", reason=reason) from error
        return _answer(response)


def _answer(response: httpx.Response) -> RemoteAnswer:
    status, body = response.status_code, response.content.decode("utf-8", "replace")
    if 200 <= status <= 300:
        if not body.strip():
            raise refuse("remote_empty")
        return RemoteAnswer(status, body)
    if response.headers.get(_AWS_ERROR_HEADER, "").startswith("ThrottlingException"):
        raise refuse("remote_throttled", status=status)
    if not body.strip():
        raise refuse("remote_error_empty", status=status)
    raise refuse("remote_error", status=status, body=body)


def _backoff(policy: str, base: float, attempt: int) -> float:
    if policy == "constant":
        return base
    ceiling = base * 2**attempt
    # Jitter keeps callers apart; it guards nothing.
    return random.uniform(ceiling / 2 if policy.endswith("equal_jitter") else 0, ceiling)  # noqa: S311 - a wait, not a secret


def _is_private(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if ip.is_loopback or ip.is_unspecified:
        return True
    if ip.version == 6:
        return ip.is_site_local
    return any(ip in network for network in _PRIVATE)


_PRIVATE = [
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
]


def _reason(error: httpx.TransportError, url: SplitResult, seconds: float) -> str:
    """Netty's words for a failed exchange."""
    port = url.port or (443 if url.scheme == "https" else 80)
    host = url.hostname or ""
    address = f"{'' if _is_literal(host) else host}/{host}:{port}"
    if isinstance(error, httpx.ConnectTimeout):
        return f"connection timed out after {round(seconds * 1000)} ms: {address}"
    if isinstance(error, httpx.PoolTimeout):
        return f"Acquire operation took longer than the configured maximum time ({ACQUIRE_SECONDS} s)."
    if isinstance(error, httpx.TimeoutException):
        return "Read timed out"
    if isinstance(error, httpx.ConnectError):
        refused = (
            "Connection refused" if "refused" in str(error).lower() or "attempts failed" in str(error) else str(error)
        )
        return f"{refused}: {address}"
    return _CLOSED.format(id=id(error) & 0xFFFFFFFF, local="127.0.0.1:0", remote=f"{host}:{port}", age=seconds)


def _is_literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
