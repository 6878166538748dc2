"""One run of the DAG by Airflow's own `dag.test`, in this process: real operators, XCom, trigger rules and retries."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.e2e.conftest import small_conf
from tests.faults.spare import spare_repeated_work
from tests.faults.world import BUCKET, CLIENT_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.faults.board import Fault, Seen
    from tests.faults.replay import Replay
    from tests.faults.world import World

EXPLAINING = "explain_failure"


@dataclass(frozen=True)
class Note:
    """What a failed task left: its id, the type of its error, and what that says."""

    task_id: str
    error: str
    message: str


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        name: that its jobs and its endpoint share; empty if it was never planned.
        folder: key prefix of what it left on S3.
        state: `success` or `failed`.
        tasks: last state of each.
        notes: of failed tasks.
        explanation: what the run says of its failure.
        seen: calls that reached the services.
        left: files that are still in its folder of temporary files.
        seconds: it took.
    """

    name: str
    folder: str
    state: str
    tasks: dict[str, str]
    notes: list[Note]
    explanation: str
    seen: list[Seen]
    left: list[str]
    seconds: float
    report: dict[str, Any] = field(default_factory=dict)
    pairs: dict[str, Any] = field(default_factory=dict)


class Pipeline:
    """The DAG, ready to be run again and again."""

    def __init__(self, world: World, log: Path) -> None:
        self.world = world
        os.environ.update(world.environment)
        os.environ["AIRFLOW__LOGGING__LOGGING_LEVEL"] = "WARNING"
        subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, capture_output=True)
        spare_repeated_work()
        self.dag = _dag()
        self.replay: Replay | None = None
        self._mark_tasks()
        self.log = log

    def run(self, faults: list[Fault], conf: dict[str, Any] | None = None) -> Run:
        """A run with these faults; comes back when it has ended."""
        self.world.board.begin(faults)
        began, scratch = time.monotonic(), tempfile.mkdtemp(prefix="faults-")
        os.environ["TMPDIR"], tempfile.tempdir = scratch, None
        try:
            with _output_to(self.log):
                run = self.dag.test(run_conf={**run_conf(), **(conf or {})})
            self.run_id = run.run_id
            return _told(run, self.world, sorted(path.name for path in Path(scratch).iterdir()), began)
        finally:
            shutil.rmtree(scratch)
            del os.environ["TMPDIR"]
            tempfile.tempdir = None

    def _mark_tasks(self) -> None:
        """Let the board know which task runs, and the replay settle those that need not."""
        from airflow.sdk.definitions import dag as module

        run_task: Callable[..., Any] = module._run_task

        def marked(*, ti: Any, **more: Any) -> Any:
            self.world.board.task = ti.task_id
            if self.replay and self.replay.spares(ti):
                return None
            return run_task(ti=ti, **more)

        module._run_task = marked


def run_conf() -> dict[str, Any]:
    """As in the end-to-end tests, with judged queries."""
    from include.settings import FinetuneSettings

    judged = {
        "eval_queries_s3_path": f"s3://{BUCKET}/e2e/queries.jsonl",
        "eval_qrels_s3_path": f"s3://{BUCKET}/e2e/qrels.tsv",
    }
    never = {"reuse": "never"} if "reuse" in FinetuneSettings.model_fields["run"].annotation.model_fields else {}  # type: ignore[union-attr]
    # The values of a run stay in the DAG, which is read once: what any point sets is set by all.
    usual = {"s3_corpus_path": None, "incomplete_batch_jobs": "use", "model_name": "faults"}
    return {**small_conf(), **judged, **never, **usual}


def _dag() -> Any:
    """The DAG with retries that follow at once, and clients that wait for seconds instead of minutes."""
    from include import release
    from opensearch_ml.hooks import ml_commons

    ml_commons.TIMEOUT_SECONDS, ml_commons.MAX_RETRIES = CLIENT_SECONDS, 0
    release.LONGEST_CREATION = {"Delay": 1, "MaxAttempts": 20}
    from finetune_search_model import dag

    quick = {"retry_delay": timedelta(0), "retry_exponential_backoff": 0}
    for task in dag.tasks:
        if task.is_mapped:
            task.partial_kwargs.update(quick)
        for name, value in quick.items():
            if not task.is_mapped:
                setattr(task, name, value)
    deployed = dag.get_task("opensearch.wait_until_deployed")
    deployed.poke_interval, deployed.timeout = 0.1, 2.0
    return dag


class _output_to:
    """What Airflow prints goes to a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        sys.stdout.flush()
        self._kept = os.dup(1), os.dup(2)
        with self._path.open("ab") as log:
            os.dup2(log.fileno(), 1)
            os.dup2(log.fileno(), 2)

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()
        for number, kept in enumerate(self._kept, start=1):
            os.dup2(kept, number)
            os.close(kept)


def _told(run: Any, world: World, left: list[str], began: float) -> Run:
    instances = run.get_task_instances()
    first = instances[0]
    pull: Callable[..., Any] = first.xcom_pull
    plan = pull(task_ids="plan_run", key="plan") or {}
    name = pull(task_ids="plan_run", key="name") or ""
    settings = plan.get("settings", {}).get("run", {})
    failed = [ti for ti in instances if ti.state == "failed" and ti.task_id != EXPLAINING]
    notes = [pull(task_ids=ti.task_id, key="failure", map_indexes=ti.map_index) or {} for ti in failed]
    return Run(
        name=name,
        folder=f"{settings.get('prefix')}/faults/{plan.get('run')}/" if plan else "",
        state=str(run.state),
        tasks={ti.task_id: str(ti.state) for ti in instances},
        notes=[
            Note(ti.task_id, note.get("error", "none"), note.get("message", ""))
            for ti, note in zip(failed, notes, strict=True)
        ],
        explanation=pull(task_ids=EXPLAINING, key="explanation") or "",
        seen=world.board.seen,
        left=left,
        seconds=time.monotonic() - began,
        report=pull(task_ids="write_report") or {},
        pairs=pull(task_ids="queries.pair_queries") or {},
    )


logging.getLogger("botocore").setLevel(logging.WARNING)
