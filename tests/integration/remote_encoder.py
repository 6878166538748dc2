"""A small remote encoder with two sides: by its path dense or sparse, by `input_type` for queries or for documents.

A stand-in for an endpoint: a word's weight is its length on the side of documents, and ten times that on the other.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WORDS = ("dog", "cat", "bird", "runs", "sleeps", ".")


class RemoteEncoder:
    """Answers as our handlers do."""

    def __init__(self) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def weights_of(text: str, side: str) -> dict[str, float]:
    """What the sparse endpoint answers to a text."""
    times = {"document": 1.0, "query": 10.0}[side]
    return {word: times * len(word) for word in WORDS if word in text.lower()}


def vector_of(text: str, side: str) -> list[float]:
    """What the dense endpoint answers to a text: the same words, and the side as the last component."""
    weights = weights_of(text, side)
    return [*(weights.get(word, 0.0) for word in WORDS), 1.0 if side == "query" else 2.0]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        content = json.dumps(_answer(self.path.strip("/"), body["inputs"], body["input_type"])).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def _answer(kind: str, texts: list[str], side: str) -> Any:
    if kind == "sparse":
        return [weights_of(text, side) for text in texts]
    return {"embeddings": [vector_of(text, side) for text in texts]}
