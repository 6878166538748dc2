"""Ask a service of this machine how it is."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_S = 2.0


def request_json(url: str, method: str = "GET", body: object = None, timeout_s: float = TIMEOUT_S) -> tuple[int, Any]:
    """Status and parsed body (None where it is not JSON) of one request; never through a proxy.

    Raises:
        OSError: nothing answers there, or not in time.
        http.client.HTTPException: what answers does not speak HTTP.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    try:
        payload = None if body is None else json.dumps(body)
        target = parts._replace(scheme="", netloc="").geturl()
        connection.request(method, target, payload, {"Content-Type": "application/json"} if payload else {})
        response = connection.getresponse()
        return response.status, _parsed(response.read())
    finally:
        connection.close()


def answer(url: str) -> Any | None:
    """The JSON that a GET answers, or None unless it answers with status 200."""
    try:
        status, body = request_json(url)
    except (OSError, http.client.HTTPException):
        return None
    return ({} if body is None else body) if status == http.client.OK else None


def answers(url: str) -> Callable[[float], bool]:
    """A probe: whether a GET of the address is answered with status 200."""
    return lambda since: answer(url) is not None


def _parsed(body: bytes) -> Any | None:
    try:
        return json.loads(body)
    except ValueError:
        return None
