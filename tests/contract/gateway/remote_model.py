"""The scripted remote model of the recordings: the same paths, the same answers, on a port of its own."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SLOW_SECONDS = 8.0
# As long as the recorded port, so that columns in error messages are the recorded ones.
PORTS = (9399, *range(9300, 9399))
Answer = tuple[int, bytes, str]


class ScriptedModel:
    """An HTTP server that answers by path and remembers what it was asked."""

    def __init__(self) -> None:
        self._calls: list[dict[str, Any]] = []
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._stopping = threading.Event()
        self._expected: list[dict[str, Any]] = []
        self._server = _listening(type("Handler", (_Handler,), {"model": self}))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._server.server_port

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def drain(self) -> list[dict[str, Any]]:
        """What was received since the last time."""
        with self._lock:
            calls, self._calls = self._calls, []
        return calls

    def expect(self, calls: list[dict[str, Any]]) -> None:
        """Answer these calls as they were answered when they were recorded, whatever the script says."""
        with self._lock:
            self._expected = list(calls)

    def recorded(self, call: dict[str, Any]) -> dict[str, Any] | None:
        """The recorded call that `call` is, at least by method and path; each is taken once."""
        with self._lock:
            same = [it for it in self._expected if (it["method"], it["path"]) == (call["method"], call["path"])]
            exact = [it for it in same if it["body"] == call["body"]]
            chosen = next(iter(exact or same), None)
            if chosen is not None:
                self._expected.remove(chosen)
            return chosen

    def forget(self) -> None:
        """Count the calls of each path from one again."""
        with self._lock:
            self._counts.clear()

    def received(self, call: dict[str, Any]) -> int:
        """Remember a call; returns how many came to its path."""
        with self._lock:
            self._calls.append(call)
            self._counts[call["path"]] += 1
            return self._counts[call["path"]]

    def answer(self, path: str, text: str, times: int) -> Answer | None:
        """The answer to a call; None: hang up."""
        try:
            body = json.loads(text) if text else {}
        except ValueError as error:
            return _json(400, {"code": 400, "type": "InvalidRequest", "message": f"bad json: {error}"})
        if path == "/slow":
            self._stopping.wait(SLOW_SECONDS)
            return _json(200, {"ok": True})
        if path == "/close":
            return None
        if path in _FIXED:
            return _FIXED[path]
        if path.startswith("/err/"):
            code = int(path.split("/")[2].split("?")[0])
            return _json(code, {"code": code, "type": "SomeException", "message": f"remote says {code}"})
        for prefix, script in _SCRIPTS.items():
            if path.startswith(prefix):
                return script(path, body, text, times)
        return _json(200, {"echo": body}) if path == "/echo" else _json(404, {"error": "no such path"})


class _Handler(BaseHTTPRequestHandler):
    """One write an answer, no Nagle: two would cost the caller 40 ms a call."""

    model: ScriptedModel
    protocol_version = "HTTP/1.1"
    wbufsize = 65536
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        self._handle()

    def do_POST(self) -> None:
        self._handle()

    def _handle(self) -> None:
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode("utf-8", "replace")
        call = {"method": self.command, "path": self.path, "headers": dict(self.headers.items()), "body": text}
        times = self.model.received(call)
        answer = self._recorded(call) or self.model.answer(self.path, text, times)
        if answer is None:
            self.close_connection = True
            return
        status, body, content_type = answer
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _recorded(self, call: dict[str, Any]) -> Answer | None:
        """The recorded answer, None where there is none to give: no such call, or one that was hung up on or late."""
        answer = (self.model.recorded(call) or {}).get("response") or {}
        if answer.get("status") is None:
            return None
        body = str(answer.get("body", ""))
        kind = "application/json" if body[:1] in ("{", "[", "") else "text/plain"
        return int(answer["status"]), body.encode(), kind


def _listening(handler: type[BaseHTTPRequestHandler]) -> ThreadingHTTPServer:
    for port in PORTS:
        try:
            return ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError:
            continue
    raise OSError(f"No port of {PORTS[1]} to {PORTS[0]} is free on 127.0.0.1. End what listens there.")


def _json(status: int, body: Any) -> Answer:
    return status, json.dumps(body).encode(), "application/json"


_FIXED: dict[str, Answer] = {
    "/empty": (200, b"", "application/json"),
    "/text": (200, b"plain text answer", "text/plain"),
    "/html500": (500, b"<html>oops</html>", "text/html"),
    "/err500empty": (500, b"", "application/json"),
}


def _embedding(text: str) -> list[float]:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    return [round((byte - 127) / 128, 6) for byte in digest[:4]]


def _texts(body: Any, name: str) -> list[str]:
    texts = body if isinstance(body, list) else (body.get("inputs") or body.get(name) or [])
    return [texts] if isinstance(texts, str) else texts


def _sagemaker(path: str, body: Any, text: str, times: int) -> Answer:
    texts = _texts(body, "input")
    if path == "/sm_embed_fail" and any("poison" in each for each in texts):
        return _json(424, {"code": 424, "message": "poison"})
    vectors = [_embedding(each) for each in texts]
    return _json(200, {"embeddings": vectors} if path == "/sm_embed_dict" else vectors)


def _sparse(path: str, body: Any, text: str, times: int) -> Answer:
    vectors = [
        {word.strip(".,?"): round(1 + len(word) / 10, 3) for word in each.lower().split()}
        for each in _texts(body, "inputs")
    ]
    return _json(200, {"response": vectors} if path == "/sm_sparse_dict" else vectors)


def _openai(path: str, body: Any, text: str, times: int) -> Answer:
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [{"object": "embedding", "index": at, "embedding": _embedding(each)} for at, each in enumerate(texts)]
    usage = {"prompt_tokens": 3, "total_tokens": 3}
    return _json(200, {"object": "list", "data": data, "model": "fake", "usage": usage})


def _highlighter(path: str, body: Any, text: str, times: int) -> Answer:
    failure = _highlighting_failure(path, text, times)
    if failure is not None:
        return failure
    pairs = body.get("inputs")
    if pairs is None:
        return _json(200, {"highlights": _ODD_SPANS.get(path) or _spans(body["question"], body["context"])})
    many = [_ODD_SPANS.get(path) or _spans(pair["question"], pair["context"]) for pair in pairs]
    return _json(200, {"highlights": many[:-1] if path == "/hl_short" else many})


def _highlighting_failure(path: str, text: str, times: int) -> Answer | None:
    if path == "/hl_fail_second" and times >= 2:
        return _json(500, {"code": 500, "type": "InternalServerException", "message": "second batch fails"})
    if path == "/hl_fail_odd" and times % 2 == 0:
        return _json(500, {"code": 500, "message": "odd failure"})
    if path == "/hl_fail_on5" and "number 5" in text:
        return _json(424, {"code": 424, "type": "FailedDependencyException", "message": "no number 5"})
    return None


_ODD_SPANS = {
    "/hl_oob": [{"start": 0, "end": 100000}],
    "/hl_unsorted": [{"start": 5, "end": 8}, {"start": 0, "end": 3}],
    "/hl_overlap": [{"start": 0, "end": 6}, {"start": 4, "end": 9}],
}


def _spans(question: str, context: str) -> list[dict[str, int]]:
    """The sentences of `context` with a word of `question` in them; offsets count characters, not UTF-16 units."""
    wanted = _words(question)
    spans, start = [], 0
    for sentence in context.split(". "):
        if wanted & _words(sentence):
            spans.append({"start": start, "end": min(len(context), start + len(sentence) + 1)})
        start += len(sentence) + 2
    return spans


def _words(text: str) -> set[str]:
    return {word.lower().strip(".,?") for word in text.split()}


_SCRIPTS = {"/sm_embed": _sagemaker, "/sm_sparse": _sparse, "/embed": _openai, "/hl": _highlighter}
