"""A stand-in for opensearch-py and the cluster behind it: its calls, models and answers are what a test looks at."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Any

from opensearchpy.exceptions import ConnectionTimeout, NotFoundError, TransportError

if TYPE_CHECKING:
    from collections.abc import Callable

Pair = tuple[str, str]


class FakeCluster:
    """Answers as ML Commons does, with spans over the whole of each text.

    Attributes:
        models: their `GET` answers by id.
        calls: texts of each prediction; a single one is a text, a batch a list.
        bad: says of a batch of contexts (of one, for a single call) what to raise or answer instead; None for nothing.
        response: of searches.
    """

    def __init__(self, bad: Callable[[list[str], bool], Any] | None = None, version: str = "3.4.0") -> None:
        self.models = {"m": {"algorithm": "REMOTE", "model_version": "1", "last_updated_time": 1}}
        self.calls: list[str | list[str]] = []
        self.bodies: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.bad = bad or (lambda contexts, is_batch: None)
        self.version = version
        self.response: Callable[[dict[str, Any]], dict[str, Any]] = lambda body: {"hits": {"hits": []}}
        self.settings: dict[str, Any] = {}
        self.lock = threading.Lock()
        self.at_once = self.most_at_once = 0
        self.seconds = 0.0
        self.transport = self.cluster = self

    def info(self) -> dict[str, Any]:
        return {"version": {"number": self.version}}

    def get_settings(self, params: Any) -> dict[str, Any]:
        return {"persistent": self.settings, "transient": {}, "defaults": {}}

    def search(self, index: Any, body: dict[str, Any], params: Any) -> dict[str, Any]:
        self.bodies.append(body)
        return self.response(body)

    def perform_request(self, method: str, path: str, params: dict[str, Any], body: Any = None) -> Any:
        self.paths.append(f"{method} {path}")
        if method == "GET":
            model = self.models.get(path.rpartition("/")[2])
            if isinstance(model, dict):
                return model
            raise model or NotFoundError(404, "x", {"error": {"reason": "Failed to find model"}})
        parameters = body.get("parameters", body)
        is_batch = "inputs" in parameters
        pairs = json.loads(parameters["inputs"]) if is_batch else [parameters]
        contexts = [pair["context"] for pair in pairs]
        with self.lock:
            self.calls.append(contexts if is_batch else contexts[0])
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return self._predicted(contexts, is_batch, float(params["request_timeout"]))
        finally:
            with self.lock:
                self.at_once -= 1

    def _predicted(self, contexts: list[str], is_batch: bool, timeout: float) -> Any:
        if self.seconds:
            time.sleep(min(self.seconds, timeout))
        if self.seconds > timeout:
            raise ConnectionTimeout("TIMEOUT", "late", Exception())
        found = self.bad(contexts, is_batch)
        if isinstance(found, Exception):
            raise found
        return answer(found) if found is not None else answer(spans(contexts if is_batch else contexts[0]))


def spans(texts: str | list[str]) -> dict[str, Any]:
    """What a good model answers."""
    whole = [[{"start": 0.0, "end": float(len(text))}] for text in ([texts] if isinstance(texts, str) else texts)]
    return {"highlights": whole[0] if isinstance(texts, str) else whole}


def answer(data: Any) -> Any:
    """A prediction's answer with `data` as its `dataAsMap`."""
    return {"inference_results": [{"output": [{"name": "response", "dataAsMap": data}], "status_code": 200}]}


def failed(status: int, reason: str = "Error from remote service: no") -> TransportError:
    """An error of the cluster."""
    return TransportError(status, "status_exception", {"error": {"type": "status_exception", "reason": reason}})
