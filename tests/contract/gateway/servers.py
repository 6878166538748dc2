"""The processes a replay needs: OpenSearch from the local stack, and a gateway in front of it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).parents[3]
START_SECONDS = 120.0


class Stack:
    """OpenSearch of `python -m local`, in a folder of its own; downloads are shared."""

    def __init__(self, directory: Path) -> None:
        cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
        self._directory = directory
        self._environment = {**os.environ, "LOCAL_DIR": str(directory), "LOCAL_CACHE": cache}

    @property
    def url(self) -> str:
        """Where OpenSearch answers."""
        ports = json.loads((self._directory / "stack.json").read_text("utf-8"))["ports"]
        return f"http://127.0.0.1:{ports['opensearch']}"

    def up(self) -> None:
        """Start OpenSearch and wait until it answers."""
        self._run("up", "opensearch")

    def down(self, *options: str) -> None:
        """Stop OpenSearch; its data stays unless `--purge` is among the options."""
        self._run("down", *options)

    def wipe(self) -> None:
        """Leave no index, pipeline, template or setting."""
        for index in call(f"{self.url}/_cat/indices?format=json&expand_wildcards=all")[1]:
            call(f"{self.url}/{index['index']}", "DELETE")
        for path in ("/_component_template/*", "/_ingest/pipeline/*"):
            call(self.url + path, "DELETE")
        for pipeline in call(f"{self.url}/_search/pipeline")[1]:
            call(f"{self.url}/_search/pipeline/{pipeline}", "DELETE")
        call(f"{self.url}/_cluster/settings", "PUT", {"persistent": {"*": None}, "transient": {"*": None}})

    def _run(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "local", *arguments]
        done = subprocess.run(command, cwd=PROJECT, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"


class GatewayProcess:
    """A gateway of its own process, on a free port."""

    def __init__(self, opensearch: str, node_cache: Path) -> None:
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        options = ["--port", str(self.port), "--opensearch", opensearch, "--node-cache", str(node_cache)]
        self._log = (node_cache.parent / f"gateway-{self.port}.log").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "local.gateway", *options], cwd=PROJECT, stdout=self._log, stderr=subprocess.STDOUT
        )

    def __enter__(self) -> GatewayProcess:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def wait(self, *, healthy: bool = True) -> None:
        """Until it answers, and unless told otherwise until OpenSearch behind it does."""
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"{self.url}/_local/health", (200,) if healthy else (200, 503)):
            assert self._process.poll() is None, Path(self._log.name).read_text("utf-8")
            assert time.monotonic() < deadline, f"no health at {self.url}: {Path(self._log.name).read_text('utf-8')}"
            time.sleep(0.05)

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)
        self._log.close()


def call(url: str, method: str = "GET", body: Any = None) -> tuple[int, Any]:
    """Status and decoded answer of one request."""
    response = httpx.request(method, url, json=body, timeout=60, trust_env=False)
    return response.status_code, response.json()


def _answers(url: str, statuses: tuple[int, ...]) -> bool:
    try:
        return call(url)[0] in statuses
    except httpx.TransportError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
