"""The services of the harness: real OpenSearch, gateway, AWS stand-in, the two proxies before them; and the input."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from opensearchpy import OpenSearch

from local import PROJECT
from local.airflow import airflow_services
from local.demo.inputs import BUCKET, put_base_model
from local.ports import assign
from local.postgres import NAME as POSTGRES
from local.services import AWS, GATEWAY, PORT_OWNERS, Site, environment, inherited, service_makers
from local.stack import DATA
from local.startup import start
from local.state import State
from local.supervisor import Service, Supervisor, closure
from local.trust import trust_local_models
from tests.e2e.conftest import INDEX, _index, _judge
from tests.faults.board import Board
from tests.faults.operations import aws_operation, opensearch_operation
from tests.faults.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from local.supervisor import Progress

CLIENT_SECONDS = int(os.environ.get("FAULTS_CLIENT_SECONDS", "5"))
"""How long the clients of a run wait for an answer."""


@dataclass
class World:
    """Everything that the runs need, running."""

    directory: Path
    supervisor: Supervisor
    services: dict[str, Service]
    site: Site
    board: Board
    aws: Proxy
    search: Proxy

    @property
    def recorded(self) -> Path:
        """Where the archives of the one real training job are kept."""
        return self.directory / "recorded"

    @cached_property
    def environment(self) -> dict[str, str]:
        """What Airflow and its tasks see: the proxies in the places of AWS and OpenSearch; clients that never repeat.

        Their own repeats are switched off, so that every fault reaches the task that made the call.
        """
        patience = {"read_timeout": CLIENT_SECONDS, "connect_timeout": CLIENT_SECONDS}
        aws = {"conn_type": "aws", "extra": {"config_kwargs": {**patience, "retries": {"total_max_attempts": 1}}}}
        host, port = self.search.url.removeprefix("http://").split(":")
        search = {"conn_type": "http", "host": host, "port": int(port), "schema": "http"}
        return {
            **environment(self.site),
            # Of `dag.test`, which is alone with it.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.directory}/airflow/airflow.db",
            "AWS_ENDPOINT_URL": self.aws.url,
            "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(aws),
            "AIRFLOW_CONN_OPENSEARCH_DEFAULT": json.dumps(search),
        }

    def client(self, service: str) -> Any:
        """A client of the stand-in itself, past the proxy."""
        return self._session.client(
            service,
            endpoint_url=self.site.url(AWS),
            config=Config(proxies={}, retries={"total_max_attempts": 3}),
        )

    @cached_property
    def _session(self) -> boto3.Session:
        keys = {"aws_access_key_id": "harness", "aws_secret_access_key": "harness"}
        return boto3.Session(region_name="us-east-1", **keys)

    @cached_property
    def cluster(self) -> OpenSearch:
        """A client of the gateway itself, past the proxy."""
        return OpenSearch(self.site.url(GATEWAY), timeout=60)

    def restart(self, name: str) -> None:
        """Stop a service and start it again; comes back when it is healthy."""
        self.supervisor.end(name)
        self.up((name,))

    def up(self, names: Sequence[str]) -> None:
        """Start services with what they need."""
        makers = {name: (lambda it=it: it) for name, it in self.services.items()}
        start(self.supervisor, closure(makers, names), _silent)

    def airflow(self, changes: dict[str, str]) -> None:
        """Start Airflow, which calls through the proxies."""
        told = {**self.environment, **changes}
        self.services |= {it.name: it for it in airflow_services(told, (), needs=(POSTGRES,))}

    def close(self) -> None:
        """End everything that was started."""
        self.aws.shutdown()
        self.search.shutdown()
        self.supervisor.stop(list(self.supervisor.state.records), _silent)


def open_world(directory: Path, cache: Path) -> World:
    """Start the services and put the input where the runs read it."""
    directory.mkdir(parents=True, exist_ok=True)
    _purge(directory)
    state = State(directory)
    site = Site(directory, cache, assign(PORT_OWNERS, state.ports))
    state.ports = dict(site.ports)
    state.save()
    supervisor = Supervisor(state, directory / "logs", inherited())
    services = {name: make() for name, make in service_makers(site).items()}
    services[AWS] = _with_container(services[AWS], directory)
    board = Board()
    world = World(
        directory,
        supervisor,
        services,
        site,
        board,
        Proxy(site.url(AWS), aws_operation, board).serve(),
        Proxy(site.url(GATEWAY), opensearch_operation, board).serve(),
    )
    try:
        world.up((GATEWAY, AWS))
        _put_input(world)
    except BaseException:
        world.close()
        raise
    return world


def _purge(directory: Path) -> None:
    """End what a harness that was killed left running, and forget all but the recorded archives."""
    state = State.load(directory)
    Supervisor(state, directory / "logs", inherited()).stop(list(state.records), _silent)
    for name in (*DATA, "scheduler"):
        path = directory / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _with_container(service: Service, directory: Path) -> Service:
    """The AWS stand-in, with our stand-in for the interpreter of its containers."""
    command = list(service.command)
    place = command.index("--container-python") + 1
    program = directory / "container"
    words = [sys.executable, PROJECT / "tests/faults/container.py", directory / "recorded", command[place]]
    line = " ".join(f"'{word}'" for word in words)
    program.write_text(f'#!/bin/sh\nexec {line} "$@"\n', "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    command[place] = str(program)
    return Service(
        name=service.name, command=tuple(command), directory=service.directory, url=service.url, health=service.health
    )


def _put_input(world: World) -> None:
    os.environ.update({name: value for name, value in inherited().items() if name.lower() == "no_proxy"})
    port = int(world.aws.url.rpartition(":")[2])
    trust_local_models(world.site.url(GATEWAY), port)
    if not world.cluster.indices.exists(index=INDEX):
        _index(world.cluster)
    put_base_model(_Direct(world))  # type: ignore[arg-type]
    _judge(_Direct(world))  # type: ignore[arg-type]


class _Direct:
    """What the helpers of the demo take for a session: clients of the stand-in itself."""

    def __init__(self, world: World) -> None:
        self.client = world.client


def _silent(_: Sequence[Progress]) -> None:
    """Nobody watches."""


__all__ = ["BUCKET", "CLIENT_SECONDS", "World", "open_world"]
