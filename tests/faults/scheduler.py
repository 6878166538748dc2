"""The points that need the real scheduler: workers killed between submit and record, the scheduler restarted."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import psutil

from local import PROJECT
from local.airflow import API_SERVER, DAG_PROCESSOR, SCHEDULER
from local.demo.airflow_api import DAG_ID, Airflow
from local.processes import pause
from local.services import environment
from tests.faults.content import clear_away
from tests.faults.operations import Operation
from tests.faults.points import Point
from tests.faults.replay import LAST
from tests.faults.runs import Note, Run, run_conf
from tests.faults.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.board import Call, Fault
    from tests.faults.harness import Harness
    from tests.faults.verdict import Row
    from tests.faults.world import World

RUN_SECONDS = 900
TRAINING_SECONDS = 30
"""So long that the scheduler is down and up again before the job ends."""
CHANGES = {
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "tests/faults/dags"),
    "AIRFLOW_CONN_AWS_DEFAULT": json.dumps({"conn_type": "aws"}),
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "30",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "15",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
}
SUBMITS = (
    ("queries.start_batch_job", Operation("bedrock", "CreateModelInvocationJob")),
    ("training.train", Operation("sagemaker", "CreateTrainingJob")),
    ("endpoint.create_endpoint", Operation("sagemaker", "CreateEndpoint")),
)


def scheduler_rows(harness: Harness, wanted: Callable[[Point], bool]) -> Iterator[Row]:
    """Kills at all three submits in one run; a scheduler restarted while a job runs in another."""
    world = harness.world
    path = os.pathsep.join(map(str, (PROJECT, PROJECT / "plugins", PROJECT / "dags")))
    home = world.directory / "scheduler"  # of its own: `dag.test` knows the DAG from another folder
    database = "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"
    own = {"AIRFLOW_HOME": str(home), database: environment(world.site)[database], "PYTHONPATH": path}
    world.airflow({**CHANGES, **own})
    world.up((API_SERVER, SCHEDULER, DAG_PROCESSOR))
    killed = [point for point in (_killed(world, *submit) for submit in SUBMITS) if wanted(point)]
    if killed:
        yield from _rows(harness, killed)
    slow, restarted = world.recorded / "seconds", _restarted(world)
    if wanted(restarted):
        slow.write_text(str(TRAINING_SECONDS))
        try:
            yield from _rows(harness, [restarted])
        finally:
            slow.unlink()


def _killed(world: World, task: str, operation: Operation) -> Point:
    fault = {"operation": operation, "kind": "lost answer", "act": lambda call: _kill_peer(world, call)}
    return Point(f"{task} · {operation} · worker killed before it could note it", (fault,), task=task)


def _restarted(world: World) -> Point:
    describe = Operation("sagemaker", "DescribeTrainingJob")
    fault = {"operation": describe, "kind": "meanwhile", "skip": 2, "act": lambda _: world.restart(SCHEDULER)}
    return Point("training.train · scheduler restarted while the job runs", (fault,), task="training.train")


def _kill_peer(world: World, call: Call) -> None:
    """SIGKILL for the process that made the call."""
    port = int(world.aws.url.rpartition(":")[2])
    for connection in psutil.net_connections("tcp4"):
        if connection.laddr.port == call.port and connection.raddr and connection.raddr.port == port and connection.pid:
            os.kill(connection.pid, signal.SIGKILL)
            psutil.wait_procs([psutil.Process(connection.pid)] if psutil.pid_exists(connection.pid) else [], timeout=5)
            return
    raise RuntimeError(f"Nobody has port {call.port}.")


def _rows(harness: Harness, points: list[Point]) -> Iterator[Row]:
    made = {point.name: point.make() for point in points}
    run = _run(harness.world, [fault for faults in made.values() for fault in faults])
    for point in points:
        yield judge(harness.world, harness.reference, point, made[point.name], run, LAST, len(points))
    clear_away(harness.world, run)


def _run(world: World, faults: list[Fault]) -> Run:
    """A run through the scheduler; comes back when it has ended."""
    airflow = Airflow(world.environment["AIRFLOW__API__BASE_URL"])
    began = time.monotonic()
    while not airflow.knows_dag():
        pause(0.5)
    world.board.begin(faults)
    run_id = f"faults__{time.time_ns()}"
    body = {"dag_run_id": run_id, "logical_date": None, "conf": run_conf()}
    airflow._client.post(f"/dags/{DAG_ID}/dagRuns", json=body).raise_for_status()
    state = "running"
    while state not in ("success", "failed") and time.monotonic() - began < RUN_SECONDS:
        pause(1.0)
        state = airflow.run_state(run_id)
    try:
        return _told(world, airflow, run_id, state, time.monotonic() - began)
    finally:
        airflow.close()


def _told(world: World, airflow: Airflow, run_id: str, state: str, seconds: float) -> Run:
    tasks = airflow.tasks(run_id)
    plan: Any = airflow.xcom(run_id, "plan_run", "plan") or {}
    prefix = plan.get("settings", {}).get("run", {}).get("prefix")
    failed = [task.task_id for task in tasks if task.state == "failed"]
    notes = {task_id: airflow.xcom(run_id, task_id, "failure") or {} for task_id in failed}
    return Run(
        name=str(airflow.xcom(run_id, "plan_run", "name") or ""),
        folder=f"{prefix}/faults/{plan.get('run')}/",
        state=state,
        tasks={task.task_id: task.state for task in tasks},
        notes=[Note(task_id, note.get("error", "none"), note.get("message", "")) for task_id, note in notes.items()],
        explanation=str(airflow.xcom(run_id, "explain_failure", "explanation") or ""),
        seen=world.board.seen,
        left=[],
        seconds=seconds,
        report=airflow.xcom(run_id, "write_report") or {},
    )
