"""Airflow with the CeleryExecutor on this machine: Redis and workers beside Airflow's own processes.

Its programs come from `.venv-celery`; run with that Python, and `LOCAL_EXECUTOR=celery`, the stack is this one.
"""

from __future__ import annotations

import os

from local import LocalError

VARIABLE = "LOCAL_EXECUTOR"
LOCAL, CELERY = "local", "celery"


def chosen_executor() -> str:
    """`local` or `celery`: $LOCAL_EXECUTOR.

    Raises:
        LocalError: it is neither.
    """
    executor = os.environ.get(VARIABLE) or LOCAL
    if executor not in (LOCAL, CELERY):
        raise LocalError(f"{VARIABLE} is {executor!r}. Valid values: {LOCAL!r}, {CELERY!r}.")
    return executor
