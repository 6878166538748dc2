"""How operators wait: in the triggerer or on the worker, looking how often. Decided by the run's parameters."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from airflow.sdk import Context

INTERVALS = ("poke_interval", "check_interval", "waiter_delay")
ATTEMPTS = ("max_attempts", "waiter_max_attempts", "max_retries")
LONGEST_WAIT_SECONDS = 168 * 3600


def wait_as_asked(context: Context) -> None:
    """Set on a task that is about to run what `deferrable` and `poll_seconds` ask for; used as `pre_execute`.

    The stock operators take both only when the DAG is parsed, and give up after 20 to 40 minutes; here they may wait as
    long as the longest job that AWS runs.
    """
    task, params = context["task"], context["params"]
    for name in INTERVALS:
        if hasattr(task, name):
            setattr(task, name, params["poll_seconds"])
    if hasattr(task, "deferrable"):
        task.deferrable = params["deferrable"]
    for name in ATTEMPTS:
        if hasattr(task, name):
            setattr(task, name, math.ceil(LONGEST_WAIT_SECONDS / params["poll_seconds"]))
