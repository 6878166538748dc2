"""HTTP/1.1 for the WSGI application: werkzeug's threaded server, with kept connections and answers in one write."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from werkzeug.serving import BaseWSGIServer

    Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

log = logging.getLogger(__name__)

IDLE_SECONDS = 75.0
DISCARD_BYTES = 16 * 1024 * 1024
"""Of a body that nobody read; a longer one costs the client its connection."""


class RequestBody(io.RawIOBase):
    """The body of one request: ends where the request ends, so that the connection can carry the next one."""

    def __init__(self, source: Any, length: int) -> None:
        super().__init__()
        self._source = source
        self.remaining = length

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._source.read(min(len(buffer), self.remaining)) if self.remaining else b""
        if self.remaining and not data:
            raise ConnectionResetError(f"the client left with {self.remaining} bytes of its body unsent")
        self.remaining -= len(data)
        buffer[: len(data)] = data
        return len(data)

    def discard(self) -> bool:
        """Reads what is left; False if that is too much."""
        if self.remaining > DISCARD_BYTES:
            return False
        while self.remaining:
            self.read(min(self.remaining, 1 << 20))
        return True


class RequestHandler(MotoRequestHandler):
    """One connection. werkzeug closes it after every answer (it cannot drain a body); this one keeps it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # a late acknowledgement otherwise costs 40 ms a call
    wbufsize = 256 * 1024  # head and body leave in one packet
    timeout = IDLE_SECONDS

    def handle_expect_100(self) -> bool:
        self.send_response_only(100)
        self.end_headers()
        self.wfile.flush()
        return True

    def run_wsgi(self) -> None:
        environ = self.make_environ()
        body = self._frame_body(environ)
        try:
            self._answer(environ)
            self.wfile.flush()
        except (ConnectionError, TimeoutError):
            self.close_connection = True
            return
        if body is not None and not body.discard():
            self.close_connection = True

    def _frame_body(self, environ: dict[str, Any]) -> RequestBody | None:
        if environ.get("wsgi.input_terminated"):  # chunked: werkzeug's reader finds the end, but does not look for it
            self.close_connection = True
            return None
        body = RequestBody(self.rfile, int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = body
        environ["wsgi.input_terminated"] = True
        return body

    def _answer(self, environ: dict[str, Any]) -> None:
        def start_response(status: str, headers: list[tuple[str, str]], _error: Any = None) -> Any:
            code, _, reason = status.partition(" ")
            self.send_response(int(code), reason)
            for name, value in headers:
                self.send_header(name, value)
            if not any(name.lower() == "content-length" for name, _ in headers) and int(code) not in (204, 304):
                self.close_connection = True  # its end is the end of the connection
            if self.close_connection:
                self.send_header("Connection", "close")
            self.end_headers()
            return self.wfile.write

        chunks = self.server.app(environ, start_response)
        try:
            for chunk in chunks:
                self.wfile.write(chunk)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        log.debug("%s %s %s", self.command, self.path, code)


def listen(host: str, port: int, application: Application) -> BaseWSGIServer:
    """A server that listens already; `serve_forever()` makes it answer, one thread a connection.

    Port 0 takes a free one: read it from the result's `port`.
    """
    return make_server(host, port, application, threaded=True, request_handler=RequestHandler)
