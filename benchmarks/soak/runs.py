"""Runs that are triggered and watched."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.soak.stack import ROLLBACK, small_conf
from local.demo.airflow_api import DAG_ID
from local.demo.inputs import BUCKET
from local.processes import pause

if TYPE_CHECKING:
    from benchmarks.soak.stack import Stack
    from local.demo.airflow_api import Airflow

LONGEST_SECONDS = 1_800
EVERY = 5


@dataclass(frozen=True)
class Ended:
    """A run that has ended.

    Attributes:
        kind: what was asked for.
        explanation: why it failed, as the run tells it; empty if it ended well.
    """

    run_id: str
    kind: str
    state: str
    seconds: float
    explanation: str
    tasks_tried_again: list[str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def one_after_another(stack: Stack, number: int) -> Ended:
    """The number-th run: every fifth does everything anew and is rolled back, the others repeat the first."""
    anew = number % EVERY == 0 and number > 0
    conf = {**small_conf(), "reuse": "never", "seed": 42 + number} if anew else small_conf()
    kind = "anew" if anew or number == 0 else "repeated"
    ended = _wait(stack, DAG_ID, _start(stack, DAG_ID, f"soak-{number:03d}", conf), kind)
    if anew and ended.state == "success":
        _go_back(stack, number)
    return ended


def at_once(stack: Stack, runs: int) -> list[Ended]:
    """So many runs at the same time, each of which does everything anew."""
    confs = [{**small_conf(), "reuse": "never", "seed": 1_000 + number} for number in range(runs)]
    started = [_start(stack, DAG_ID, f"soak-together-{number}", conf) for number, conf in enumerate(confs)]
    return [_wait(stack, DAG_ID, run, "at once") for run in started]


def _go_back(stack: Stack, number: int) -> None:
    conf = {"model_name": small_conf()["model_name"], "bucket": BUCKET, "remove": True}
    ended = _wait(stack, ROLLBACK, _start(stack, ROLLBACK, f"soak-{number:03d}", conf), "rollback")
    if ended.state != "success":
        raise RuntimeError(f"The rollback after run {number} ended as {ended.state}: {ended.explanation}")


def _start(stack: Stack, dag_id: str, run_id: str, conf: dict[str, Any]) -> tuple[str, float]:
    stack.dags[dag_id].trigger(run_id, conf)
    return run_id, time.monotonic()


def _wait(stack: Stack, dag_id: str, started: tuple[str, float], kind: str) -> Ended:
    run_id, began = started
    airflow = stack.dags[dag_id]
    while (state := airflow.run_state(run_id)) not in ("success", "failed"):
        if time.monotonic() - began > LONGEST_SECONDS:
            state = "not ended"
            break
        pause(1)
    explanation = _explanation(airflow, run_id) if state == "failed" else ""
    again = [task.task_id for task in airflow.tasks(run_id) if task.tries > 1]
    return Ended(run_id, kind, state, round(time.monotonic() - began, 1), explanation, again)


def _explanation(airflow: Airflow, run_id: str) -> str:
    """As the run tells it, or, where it has no task for that, as its failed tasks noted it."""
    told = airflow.xcom(run_id, "explain_failure", "explanation")
    failed = [task.task_id for task in airflow.tasks(run_id) if task.state == "failed"]
    return str(told or {name: airflow.xcom(run_id, name, "failure") for name in failed})
