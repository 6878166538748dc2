"""`python -m local` with the real OpenSearch, as a user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from local.health import request_json
from local.ports import is_free
from local.processes import Identity, find

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
VECTORS = {
    "settings": {"index.knn": True, "number_of_replicas": 0},
    "mappings": {
        "properties": {
            "vector": {
                "type": "knn_vector",
                "dimension": 2,
                "method": {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"},
            }
        }
    },
}


class Commands:
    """`python -m local` in a folder of its own; downloads are shared with the project's."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
        self.environment = {**os.environ, "LOCAL_DIR": str(directory), "LOCAL_CACHE": cache}

    def run(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "local", *arguments]
        done = subprocess.run(command, cwd=PROJECT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @property
    def state(self) -> Any:
        return json.loads((self.directory / "stack.json").read_text("utf-8"))

    @property
    def server(self) -> Identity:
        """The process of OpenSearch."""
        return Identity(**self.state["services"]["opensearch"]["identity"])

    def call(self, path: str, method: str = "GET", body: object = None) -> Any:
        status, answer = request_json(
            f"http://127.0.0.1:{self.state['ports']['opensearch']}/{path}", method, body, timeout_s=30
        )
        assert status < 300, answer
        return answer


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Below a folder that only its owner enters, as pytest's are: as root, the server's user may not either."""
    return tmp_path_factory.mktemp("closed", numbered=True) / "local"


@pytest.fixture(scope="module")
def local(directory: Path) -> Iterator[Commands]:
    """A stack whose OpenSearch is up."""
    commands = Commands(directory)
    commands.run("up", "opensearch")
    yield commands
    commands.run("down", "--purge")


def test_up_starts_a_server_that_is_not_root(local: Commands) -> None:
    assert psutil.Process(local.server.pid).uids().effective != 0


def test_up_brings_the_knn_plugin_with_a_working_lucene_engine(local: Commands) -> None:
    local.call("vectors", "PUT", VECTORS)
    for name, vector in {"east": [1, 0], "north": [0, 1]}.items():
        local.call(f"vectors/_doc/{name}?refresh=true", "PUT", {"vector": vector})
    found = local.call("vectors/_search", "POST", {"query": {"knn": {"vector": {"vector": [1, 0.1], "k": 1}}}})
    assert [hit["_id"] for hit in found["hits"]["hits"]][:1] == ["east"]


def test_up_again_says_that_it_runs_and_starts_nothing(local: Commands) -> None:
    before = local.server
    assert "running already" in local.run("up", "opensearch")
    assert local.server == before


def test_status_tells_state_pid_port_and_memory(local: Commands) -> None:
    line = next(line for line in local.run("status").splitlines() if line.startswith("opensearch"))
    name, state, pid, port, rss_mib, *_ = line.split()
    assert (name, state, int(pid), int(port)) == (
        "opensearch",
        "healthy",
        local.server.pid,
        local.state["ports"]["opensearch"],
    )
    assert 100 < int(rss_mib) < 1500


def test_logs_shows_what_the_server_wrote(local: Commands) -> None:
    assert "started" in local.run("logs", "opensearch", "-n", "500")


def test_down_and_up_again_keeps_data_and_ports(local: Commands) -> None:
    local.call("kept/_doc/1?refresh=true", "PUT", {"text": "still here"})
    server, ports = local.server, local.state["ports"]
    assert "Stopped: opensearch." in local.run("down")
    assert not find(server)
    assert is_free(ports["opensearch"])
    local.run("up", "opensearch")
    assert local.state["ports"] == ports
    assert local.call("kept/_doc/1")["_source"] == {"text": "still here"}


def test_down_purge_leaves_no_process_and_no_data(local: Commands) -> None:
    server = local.server
    local.run("down", "--purge")
    assert not find(server)
    assert [it.name for it in local.directory.iterdir()] == ["stack.lock"]
