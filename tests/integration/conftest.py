"""One stack for all integration tests: a real OpenSearch, and the gateway before it where a test asks for it."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from opensearchpy import OpenSearch, RequestsHttpConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROJECT = Path(__file__).parents[2]


class SharedStack:
    """A stack that several processes of pytest-xdist use: the first starts it, the last that leaves stops it."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.users = base / "users.json"
        self.directory = base / "stack"
        self._allowed: set[str] = set()

    def url(self, service: str) -> str:
        """Where the service answers; it is started unless it runs. The connection `local_cluster` allows it."""
        with self._users() as users:
            users.add(os.getpid())
            self._run("up", service)
        state = json.loads((self.directory / "stack.json").read_text("utf-8"))
        url = str(state["services"][service]["url"])
        self._allowed.add(url)
        connection = {"conn_type": "http", "extra": {"allowed_endpoints": sorted(self._allowed)}}
        os.environ["AIRFLOW_CONN_LOCAL_CLUSTER"] = json.dumps(connection)
        return url

    def leave(self) -> None:
        """Stop everything, unless another process uses it."""
        with self._users() as users:
            users.discard(os.getpid())
            if not users and self.directory.exists():
                self._run("down", "--purge")
        if not users:
            shutil.rmtree(self.base)

    @contextmanager
    def _users(self) -> Iterator[set[int]]:
        self.base.mkdir(exist_ok=True)
        with self.users.open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            users = set(json.loads(file.read() or "[]"))
            yield users
            file.truncate(0)
            file.write(json.dumps(sorted(users)))

    def _run(self, *arguments: str) -> None:
        cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
        done = subprocess.run(
            [sys.executable, "-m", "local", *arguments],
            cwd=PROJECT,
            env={**os.environ, "LOCAL_DIR": str(self.directory), "LOCAL_CACHE": cache},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def stack() -> Iterator[SharedStack]:
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    shared = SharedStack(Path(tempfile.gettempdir()) / f"integration-{run}")
    yield shared
    shared.leave()


@pytest.fixture(scope="session")
def opensearch_url(stack: SharedStack) -> str:
    """A real OpenSearch 3.4.0 with the k-NN plugin, without ML Commons."""
    return stack.url("opensearch")


@pytest.fixture(scope="session")
def ml_commons_url(stack: SharedStack) -> str:
    """The same server behind the gateway, which adds ML Commons."""
    return stack.url("gateway")


@pytest.fixture(scope="session")
def connect() -> Iterator[Callable[[str], OpenSearch]]:
    """Clients with what the hook sets; closed at the end."""
    clients: list[OpenSearch] = []

    def make(url: str) -> OpenSearch:
        clients.append(OpenSearch(hosts=[url], connection_class=RequestsHttpConnection, timeout=60, max_retries=0))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(opensearch_url: str, connect: Callable[[str], OpenSearch]) -> OpenSearch:
    return connect(opensearch_url)


@pytest.fixture
def index(client: OpenSearch, request: pytest.FixtureRequest) -> Iterator[str]:
    """A name that no other test uses; indices that begin with it are removed afterwards."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower()).strip("-")[:200]
    yield name
    client.indices.delete(index=f"{name}*", params={"ignore_unavailable": "true", "expand_wildcards": "all"})
