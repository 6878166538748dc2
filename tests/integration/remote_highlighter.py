"""A small remote highlighter with modes, for what a model can do wrong. Offsets are UTF-16 units, as they should be."""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LIMIT = 3
SLOW_SECONDS = 20.0
Answer = tuple[int, Any]


class RemoteHighlighter:
    """Marks the sentences that share a word with the question; the path of the URL is the mode."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.stopping = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"remote": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def sizes(self) -> list[int]:
        """Texts of each call since the last time, 0 for a single one."""
        calls, self.calls = self.calls, []
        return [len(body["inputs"]) if body.get("inputs") is not None else 0 for _, body in calls]

    def answer(self, mode: str, body: dict[str, Any]) -> Answer:
        """Status and body of an answer."""
        pairs = body.get("inputs")
        if mode == "slow" or (mode == "slow_over_3" and len(pairs or []) > LIMIT):
            self.stopping.wait(SLOW_SECONDS)
        if mode.startswith("status"):
            return int(mode[6:]), {"message": f"remote says {mode[6:]}"}
        if mode == "poison" and any("poison" in text for text in _texts(body)):
            return 424, {"message": "poison"}
        if pairs is None:
            return 200, {"highlights": spans(body["question"], body["context"])}
        return _BATCHES.get(mode, _good)(pairs)


class _Handler(BaseHTTPRequestHandler):
    remote: RemoteHighlighter
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8")
        mode = self.path.strip("/")
        try:
            body = json.loads(text)
        except ValueError:
            self._send(400, {"message": f"no JSON: {text[:200]}"})
            return
        self.remote.calls.append((mode, body))
        self._send(*self.remote.answer(mode, body))

    def _send(self, status: int, body: Any) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def spans(question: str, context: str) -> list[dict[str, int]]:
    """The sentences of `context` with a word of `question` in them."""
    wanted = _words(question)
    return [
        {"start": _units(context[: found.start()]), "end": _units(context[: found.end()])}
        for found in re.finditer(r"[^.\s][^.]*\.?", context)
        if wanted & _words(found.group())
    ]


def _good(pairs: list[Any]) -> Answer:
    return 200, {"highlights": [spans(pair["question"], pair["context"]) for pair in pairs]}


def _short(pairs: list[Any]) -> Answer:
    return 200, {"highlights": _good(pairs)[1]["highlights"][: max(1, len(pairs) - 1)]}


def _small(pairs: list[Any]) -> Answer:
    return (413, {"message": f"at most {LIMIT}"}) if len(pairs) > LIMIT else _good(pairs)


def _errors(pairs: list[Any]) -> Answer:
    bad = [number for number, pair in enumerate(pairs) if "poison" in pair["context"]]
    answer = {
        "highlights": [[] if number in bad else found for number, found in enumerate(_good(pairs)[1]["highlights"])]
    }
    return 200, {**answer, "errors": [{"item": number, "error": "context is poison"} for number in bad]}


def _outside(pairs: list[Any]) -> Answer:
    return 200, {"highlights": [[{"start": 0, "end": 10_000}] for _ in pairs]}


_BATCHES = {
    "short": _short,
    "small": _small,
    "errors": _errors,
    "outside": _outside,
    "no_batch_flat": lambda pairs: (200, {"highlights": [{"start": 0, "end": 1}]}),
    "no_batch_empty": lambda pairs: (200, {"highlights": []}),
    "no_batch_400": lambda pairs: (400, {"message": "question and context are required"}),
    "garbage": lambda pairs: (200, b"this is no JSON"),
    "garbage_items": lambda pairs: (200, {"highlights": ["nothing"] * len(pairs)}),
}


def _texts(body: dict[str, Any]) -> list[str]:
    pairs = body["inputs"] if body.get("inputs") is not None else [body]
    return [pair["context"] for pair in pairs]


def _words(text: str) -> set[str]:
    return {word.lower() for word in re.findall(r"\w+", text)}


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
