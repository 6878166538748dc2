"""How operators wait: in the triggerer or on the worker, looking how often. Decided by the run's settings."""

from __future__ import annotations

from threading import Event
from typing import TYPE_CHECKING, Any

from airflow.sdk.exceptions import AirflowRuntimeError

from include.plan import Plan
from include.retryable import is_retryable
from opensearch_ml.airflow_versions import running_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.sdk import Context

MISSED_LOOKS = 20
INTERVALS = ("poke_interval", "check_interval")
ENDED_BY_A_PERSON = ("failed", "success", "skipped", "removed")
"""States in which a task is that goes on running: somebody set them."""


def wait_as_asked(context: Context) -> None:
    """Set on a task that is about to run how the run's plan says that it waits; used as `pre_execute`.

    Operators take these when the DAG is parsed, which is before anybody has said how a run is to wait. They wait as
    long as the job runs: AWS itself ends it when its time is over (`batch_job_hours`, `max_runtime_hours`).
    """
    task = running_task(context)
    settings = Plan.model_validate(context["ti"].xcom_pull(task_ids="plan_run", key="plan")).settings
    for name in INTERVALS:
        if hasattr(task, name):
            setattr(task, name, settings.run.poll_seconds)
    if hasattr(task, "deferrable"):
        task.deferrable = settings.run.deferrable
    if hasattr(task, "use_incomplete"):
        task.use_incomplete = settings.queries.incomplete_batch_jobs == "use"


def pause(seconds: float, ended: Callable[[], bool]) -> None:
    """Let so many seconds pass, or fewer if it has ended meanwhile: looked at every second."""
    left = seconds
    while left > 0 and not ended():
        Event().wait(min(left, 1.0))
        left -= 1.0


class Look:
    """Asks AWS for a job's state again and again; a few failed looks are no reason to lose the job.

    Args:
        call: what it says; None if there is no such job.
        log: of the task.
    """

    def __init__(self, call: Callable[[], dict[str, Any] | None], log: Any) -> None:
        self._call, self._log, self._missed = call, log, 0

    def __call__(self) -> dict[str, Any] | None:
        """What the call says; `{}` if AWS could not be asked just now.

        Raises:
            ClientError, BotoCoreError: what does not pass, or has not passed for `MISSED_LOOKS`; the next try of the
                task asks with a new client.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self._call()
        except (BotoCoreError, ClientError) as error:
            self._missed += 1
            if not is_retryable(error) or self._missed > MISSED_LOOKS:
                raise
            self._log.warning("Looked at again: %s", error)
            return {}
        self._missed = 0
        return found


def is_cleared(context: Context) -> bool:
    """Whether this is the first try since the run began or a person cleared the task; an automatic retry is neither."""
    ti: Any = context.get("ti")
    if ti is None:
        return False
    return bool(ti.try_number <= ti.max_tries - context["task"].retries + 1)


def is_cancelled(context: Context) -> bool:
    """Whether a person ended the task, which a worker that is told to end does not know; False if Airflow does not say.

    A worker is also told to end when it is evicted, or loses the API server. Then the job goes on, and the next try
    takes it over; stopping it would pay for it twice. If the run is over, its last tasks end the job.
    """
    ti: Any = context["ti"]
    key = ti.task_id if ti.map_index is None or ti.map_index < 0 else f"{ti.task_id}_{ti.map_index}"
    try:
        states = ti.get_task_states(dag_id=ti.dag_id, task_ids=[ti.task_id], run_ids=[ti.run_id])
    except AirflowRuntimeError:
        return False
    return states.get(ti.run_id, {}).get(key) in ENDED_BY_A_PERSON
