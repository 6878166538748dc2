"""Stands between the pipeline and a service, passes calls on, and breaks those that the board names."""

from __future__ import annotations

import contextlib
import http.client
import logging
import select
import socket
import struct
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.faults.board import Call
from tests.faults.refusals import Refusal, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.faults.board import Board, Fault
    from tests.faults.operations import Operation

log = logging.getLogger(__name__)

HOP_BY_HOP = frozenset({"connection", "expect", "keep-alive", "transfer-encoding", "content-length"})
LONGEST_SILENCE_SECONDS = 60.0
BREAKS = ("reset", "lost answer", "time-out", "truncated", "interrupted upload", "rewritten", "answered", "meanwhile")
UPSTREAM_SECONDS = 120


class Handler(BaseHTTPRequestHandler):
    """One connection of the pipeline, and one to the real service."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Proxy

    def handle_one_request(self) -> None:
        """Any method is passed on."""
        self.raw_requestline = self.rfile.readline(65_537)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        operation = self.server.name_operation(self.command, self.path, self.headers)
        fault = self.server.board.take(operation)
        try:
            self._answer(operation, fault)
        except (ConnectionError, http.client.HTTPException, TimeoutError) as error:
            log.debug("%s: %r", operation, error)
            self._reset()

    def _answer(self, operation: Operation, fault: Fault | None) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if fault and fault.kind == "interrupted upload":
            self.rfile.read(length // 2)
            self._reset()
            return
        body = self._chunks() if "chunked" in self.headers.get("Transfer-Encoding", "") else self.rfile.read(length)
        if fault is None:
            self._send(*self._forward(operation, body))
        elif fault.kind in BREAKS:
            getattr(self, f"_{fault.kind.replace(' ', '_').replace('-', '_')}")(operation, body, fault)
        else:
            self._send(*refusal(operation, fault.kind))

    def _lost_answer(self, operation: Operation, body: bytes, fault: Fault) -> None:
        self._forward(operation, body)
        if fault.act:
            fault.act(Call(self.path, self.client_address[1]))
        self._reset()

    def _time_out(self, operation: Operation, body: bytes, fault: Fault) -> None:
        self._forward(operation, body)
        select.select([self.connection], [], [], LONGEST_SILENCE_SECONDS)  # until the client has had enough
        self._reset()

    def _truncated(self, operation: Operation, body: bytes, fault: Fault) -> None:
        answer = self._forward(operation, body)
        self._send(*answer, sent=len(answer.body) // 2)
        self._reset()

    def _rewritten(self, operation: Operation, body: bytes, fault: Fault) -> None:
        answer = self._forward(operation, body)
        if fault.rewrite and answer.status < HTTPStatus.BAD_REQUEST:
            answer = answer._replace(body=fault.rewrite(answer.body))
        self._send(*answer)

    def _answered(self, operation: Operation, body: bytes, fault: Fault) -> None:
        """In the service's place."""
        answer = fault.rewrite(b"") if fault.rewrite else b"{}"
        self._send(200, {"Content-Type": "application/json"}, answer)

    def _meanwhile(self, operation: Operation, body: bytes, fault: Fault) -> None:
        if fault.act:
            fault.act(Call(self.path, self.client_address[1]))
        self._send(*self._forward(operation, body))

    def _forward(self, operation: Operation, body: bytes) -> Refusal:
        """What the real service answers."""
        kept = {name: value for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP}
        upstream = http.client.HTTPConnection(*self.server.upstream, timeout=UPSTREAM_SECONDS)
        try:
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in kept.items():
                upstream.putheader(name, value)
            upstream.putheader("Content-Length", str(len(body)))
            upstream.endheaders(body)
            response = upstream.getresponse()
            headers = {name: value for name, value in response.getheaders() if name.lower() not in HOP_BY_HOP}
            if self.command == "HEAD" and (length := response.getheader("Content-Length")):
                headers["Content-Length"] = length
            answer = Refusal(response.status, headers, response.read())
        finally:
            upstream.close()
        self.server.board.note(operation, answer.status, answer.body)
        return answer

    def _send(self, status: int, headers: Mapping[str, str], body: bytes, sent: int | None = None) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body if sent is None else body[:sent])
        self.wfile.flush()

    def _chunks(self) -> bytes:
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def _reset(self, *_: Any) -> None:
        """End the connection as a crashed peer does."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.connection.close()

    def log_message(self, format: str, *arguments: Any) -> None:
        log.debug(format, *arguments)


class Proxy(ThreadingHTTPServer):
    """Listens on a free port of loopback from the start; `serve()` answers, in threads.

    Args:
        upstream: URL of the real service.
        name_operation: method, target and headers of a request to what it asks for.
        board: what is to be broken.
    """

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, upstream: str, name_operation: Callable[[str, str, Mapping[str, str]], Operation], board: Board
    ) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        parts = urlsplit(upstream)
        self.upstream = parts.hostname, parts.port
        self.name_operation = name_operation
        self.board = board
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def serve(self) -> Proxy:
        """Answer from now on."""
        self._thread.start()
        return self

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is no news here."""
        log.debug("%s left", client_address)
