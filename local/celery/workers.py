"""Celery's workers, as processes of this machine."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from local.supervisor import Service

if TYPE_CHECKING:
    from collections.abc import Mapping

WORKERS = ("airflow-worker-1", "airflow-worker-2")
PROCESSES = 2
"""Of each worker: as many tasks run at once in it."""


def worker_services(environment: Mapping[str, str], broker_url: str, needs: tuple[str, ...]) -> list[Service]:
    """Two workers. They serve no logs over the network: the API server reads them from the disk.

    Args:
        environment: Airflow's.
        broker_url: with the password.
        needs: what must be there before them.
    """
    return [_worker(name, environment, broker_url, needs) for name in WORKERS]


def _worker(name: str, environment: Mapping[str, str], broker_url: str, needs: tuple[str, ...]) -> Service:
    home = Path(environment["AIRFLOW_HOME"])
    node = f"{name}@localhost"
    command = (sys.executable, "-m", "airflow", "celery", "worker", "--skip-serve-logs", "--celery-hostname", node)
    return Service(
        name=name,
        command=(*command, "--concurrency", str(PROCESSES), "--pid", str(home / f"{name}.pid")),
        directory=home,
        environment=environment,
        probe=partial(_answers, broker_url, node),
        needs=needs,
    )


def _answers(broker_url: str, node: str, since: float) -> bool:
    from celery import Celery

    return bool(Celery(broker=broker_url).control.ping(destination=[node], timeout=1.0))
