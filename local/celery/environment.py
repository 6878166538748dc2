"""What Airflow is told about its executor, its database and its broker."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from local.celery.broker import Redis
from local.celery.postgres import AIRFLOW, RESULTS, Postgres
from local.celery.workers import PROCESSES, WORKERS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VISIBILITY_SECONDS = 24 * 60 * 60
"""After that time a task that no worker has ended is given to another; so it must be longer than any task."""


def servers_of(directory: Path, ports: Mapping[str, int]) -> tuple[Postgres, Redis]:
    """The database and the broker of the stack in this folder; makes their passwords on the first call."""
    passwords = _passwords(directory / "celery-secrets.json")
    return (
        Postgres(directory / "postgres", ports["postgres"], passwords["postgres"]),
        Redis(directory / "redis", ports["redis"], passwords["redis"]),
    )


def celery_environment(postgres: Postgres, redis: Redis) -> dict[str, str]:
    """What is laid over `airflow_environment`."""
    return {
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": postgres.url(AIRFLOW),
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PROCESSES * len(WORKERS)),
        "AIRFLOW__CELERY__BROKER_URL": redis.url,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{postgres.url(RESULTS)}",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(PROCESSES),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": str(VISIBILITY_SECONDS),
    }


def _passwords(file: Path) -> dict[str, str]:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps({name: secrets.token_urlsafe(24) for name in ("postgres", "redis")}), "utf-8")
        draft.replace(file)
    return dict(json.loads(file.read_text("utf-8")))
