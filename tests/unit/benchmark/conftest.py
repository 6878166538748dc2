"""A cluster in memory that highlights: real requests and answers, counted calls, and the faults that tests ask for."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from opensearchpy.exceptions import TransportError

from include.benchmark.settings import BenchmarkSettings
from include.highlighting.cluster import FACTORIES
from include.parameters import read_as

TEXTS = {f"d{n:02}": "a dog runs. " * (1 + n) for n in range(30)}


@dataclass
class Cluster:
    """Stands for an OpenSearch with ML Commons; its model marks the first sentence of every text.

    Attributes:
        version: of the server.
        factories: the cluster setting.
        loses: ids whose highlights batch mode forgets.
        shifts: ids whose spans batch mode moves by one.
        fails: modes whose calls are answered with 500.
    """

    version: str = "3.4.0"
    factories: list[str] = field(default_factory=lambda: ["semantic-highlighter"])
    loses: set[str] = field(default_factory=set)
    shifts: set[str] = field(default_factory=set)
    fails: set[str] = field(default_factory=set)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.transport = SimpleNamespace(max_retries=3, perform_request=self.predict)
        self.cluster = SimpleNamespace(get_settings=lambda params: {"persistent": {FACTORIES: self.factories}})
        self.indices = SimpleNamespace(analyze=self.analyze)
        self._lock = threading.Lock()

    def info(self) -> dict[str, Any]:
        return {"version": {"number": self.version}}

    def analyze(self, index: str, body: dict[str, Any]) -> dict[str, Any]:
        words = body["text"].lower().replace(".", " ").split()
        return {"tokens": [{"token": word} for word in words]}

    def search(self, index: str, body: dict[str, Any], params: dict[str, Any] | None = None) -> dict[str, Any]:
        with self._lock:
            self.bodies.append(body)
        mode = self._mode(body)
        if mode in self.fails:
            raise TransportError(500, "search_phase_execution_exception", {})
        allowed = body.get("post_filter", {}).get("ids", {}).get("values", TEXTS)
        names = [name for name in TEXTS if name in allowed][: body["size"]]
        hits = [{"_index": index, "_id": name, "_source": {"text": TEXTS[name]}} for name in names]
        if mode != "none":
            open_, close = body["highlight"]["pre_tags"][0], body["highlight"]["post_tags"][0]
            for hit in hits:
                text = hit["_source"]["text"]
                start, end = self._span(mode, hit["_id"])
                hit["highlight"] = {"text": [text[:start] + open_ + text[start:end] + close + text[end:]]}
                if mode == "batch" and hit["_id"] in self.loses:
                    hit["highlight"]["text"] = [text]
        return {"_shards": {"failed": 0}, "hits": {"hits": hits}}

    def predict(self, method: str, url: str, params: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        inputs = body["parameters"].get("inputs")
        mode = "single" if inputs is None else "batch"
        if mode in self.fails:
            raise TransportError(424, "status_exception", {})
        names = {text: name for name, text in TEXTS.items()}
        items = [body["parameters"]] if inputs is None else json.loads(inputs)
        found = []
        for item in items:
            name = names[item["context"]]
            start, end = self._span(mode, name)
            lost = mode == "batch" and name in self.loses
            found.append([] if lost else [{"start": float(start), "end": float(end)}])
        highlights = found[0] if inputs is None else found
        return {"inference_results": [{"output": [{"dataAsMap": {"highlights": highlights}}]}]}

    def _span(self, mode: str, name: str) -> tuple[int, int]:
        moved = int(mode == "batch" and name in self.shifts)
        return moved, 11 - moved

    @staticmethod
    def _mode(body: dict[str, Any]) -> str:
        if "highlight" not in body:
            return "none"
        asked = body["highlight"]["options"].get("batch_inference") or body.get("ext")
        return "batch" if asked else "single"


@pytest.fixture
def cluster() -> Cluster:
    return Cluster()


@pytest.fixture
def settings() -> BenchmarkSettings:
    return settings_of()


def settings_of(**changes: Any) -> BenchmarkSettings:
    """Small enough to run at once."""
    given = {
        "index_name": "articles",
        "model_id": "m1",
        "bucket": "search-bucket",
        "hits": [1, 5],
        "clients": [1, 2],
        "document_lengths": ["short", "mixed"],
        "measured_queries": 12,
        "warmup_queries": 1,
        "sampled_documents": 30,
    }
    return read_as(BenchmarkSettings, {**given, **changes}, lambda _: [])
