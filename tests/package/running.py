"""Another Airflow's processes beside the local stack: its own interpreter, and the package as it was unpacked."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from local.airflow import GROUP, TRIGGERER, airflow_services
from local.services import inherited
from local.startup import start
from local.state import State
from local.supervisor import Progress, Service, Supervisor, closure

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


def environment_beside(stack: Mapping[str, str], home: Path, lineage: Path) -> dict[str, str]:
    """What the other Airflow gets: the stack's addresses, and nothing of this project but what lies in its home."""
    ours = {name: value for name, value in stack.items() if name != "PYTHONPATH"}
    return {
        **ours,
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(home / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(home / "plugins"),
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
        "AIRFLOW__API__ENABLE_XCOM_DESERIALIZE_SUPPORT": "True",
        "AIRFLOW__OPENLINEAGE__TRANSPORT": f'{{"type": "file", "append": true, "log_file_path": "{lineage}"}}',
    }


class OtherAirflow:
    """API server, scheduler, DAG processor and triggerer of an Airflow that is installed elsewhere.

    Args:
        python: of the environment that it is installed in.
        environment: as `environment_beside` makes it.
        folder: of its processes' logs, and of the file that lists them.
    """

    def __init__(self, python: Path, environment: Mapping[str, str], folder: Path) -> None:
        self.python, self.environment = python, environment
        self.supervisor = Supervisor(State(folder), folder / "logs", inherited())

    @contextmanager
    def running(self) -> Iterator[None]:
        """All of it, for the length of the block."""
        try:
            self._start()
            yield
        finally:
            self.supervisor.stop(list(self.supervisor.state.records), _watch)

    def _start(self) -> None:
        services = (self._with_its_python(service) for service in airflow_services(self.environment, uses=()))
        makers = {service.name: partial(_same, service) for service in services}
        start(self.supervisor, closure(makers, (*GROUP, TRIGGERER)), _watch)

    def _with_its_python(self, service: Service) -> Service:
        return dataclasses.replace(service, command=(str(self.python), *service.command[1:]))


def _same(service: Service) -> Service:
    return service


def _watch(board: Sequence[Progress]) -> None:
    """Nobody looks on."""
