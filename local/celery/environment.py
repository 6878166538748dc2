"""What Airflow is told about its executor, its broker and its results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.celery.workers import PROCESSES, WORKERS
from local.postgres import RESULTS

if TYPE_CHECKING:
    from local.celery.broker import Redis
    from local.postgres import Postgres

VISIBILITY_SECONDS = 24 * 60 * 60
"""After that time a task that no worker has ended is given to another; so it must be longer than any task."""


def celery_environment(postgres: Postgres, redis: Redis) -> dict[str, str]:
    """What is laid over `airflow_environment`."""
    return {
        "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
        "AIRFLOW__CORE__PARALLELISM": str(PROCESSES * len(WORKERS)),
        "AIRFLOW__CELERY__BROKER_URL": redis.url,
        "AIRFLOW__CELERY__RESULT_BACKEND": f"db+{postgres.url(RESULTS)}",
        "AIRFLOW__CELERY__WORKER_CONCURRENCY": str(PROCESSES),
        "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": str(VISIBILITY_SECONDS),
    }
