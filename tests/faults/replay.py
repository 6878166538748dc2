"""Spares a run the phases that are not disturbed: those before take their results from the undisturbed run.

Their XComs and files are copied under the run's own name, and they count as done; what comes after the disturbed phase
is skipped, since the same documents, pairs and model make the same of it. `--whole` runs everything instead.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.faults.world import BUCKET

if TYPE_CHECKING:
    from tests.faults.runs import Run
    from tests.faults.world import World

TEARDOWN = "release_run"
ALWAYS = ("plan_run", "explain_failure", TEARDOWN)
LAST = 2
STAGES = {"corpus": 0, "queries": 0, "training": 1, "evaluation": 1}
"""By task group; all else is the last stage: it makes things that must really be there."""


def stage_of(task_id: str) -> int:
    """The part of the run that a task belongs to."""
    return STAGES.get(task_id.partition(".")[0], LAST)


@dataclass
class Replay:
    """The undisturbed run, from which results are taken.

    Attributes:
        world: with its files.
        run: the undisturbed one.
        run_id: Airflow's name of it.
        stage: the only one that is run.
    """

    world: World
    run: Run
    run_id: str
    stage: int = LAST
    copied: str = ""

    def spares(self, ti: Any) -> bool:
        """Settle a task that need not run; False if it must."""
        if ti.task_id == TEARDOWN and self.stage < LAST:
            # A run without a report looks cancelled to it.
            ti.set_state("skipped")
            return True
        if ti.task_id in ALWAYS or stage_of(ti.task_id) == self.stage:
            return False
        if stage_of(ti.task_id) > self.stage or self.run.tasks.get(ti.task_id) == "skipped":
            ti.set_state("skipped")
            return True
        name = ti.xcom_pull(task_ids="plan_run", key="name")
        if self.copied != name:
            self._copy_files(name)
            self.copied = name
        self._copy_results(ti, name)
        ti.set_state("success")
        return True

    def _copy_files(self, name: str) -> None:
        s3, old, new = self.world.client("s3"), *self._short_names(name)
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=self.run.folder):
            for entry in page.get("Contents", []):
                key = entry["Key"].replace(old, new)
                if _is_of_phase(entry["Key"].removeprefix(self.run.folder), self.stage):
                    s3.copy_object(Bucket=BUCKET, Key=key, CopySource={"Bucket": BUCKET, "Key": entry["Key"]})

    def _copy_results(self, ti: Any, name: str) -> None:
        from airflow.models.taskmap import TaskMap
        from airflow.models.xcom import XComModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        old, new = self._short_names(name)
        with create_session() as session:
            for kind in (XComModel, TaskMap):
                mine = (kind.run_id == self.run_id, kind.task_id == ti.task_id, kind.map_index == ti.map_index)
                for row in session.scalars(select(kind).where(*mine)).all():
                    values = {column.name: getattr(row, column.name) for column in kind.__table__.columns}
                    text = json.dumps(values.get("value")).replace(old, new)
                    changed = {"run_id": ti.run_id, "value": json.loads(text), "dag_run_id": ti.dag_run.id}
                    session.merge(kind(**{**values, **{k: v for k, v in changed.items() if k in values}}))

    def _short_names(self, name: str) -> tuple[str, str]:
        return self.run.name.removeprefix("faults-"), name.removeprefix("faults-")


FOLDERS = ("raw-corpus", "bedrock-input", "bedrock-output", "training-data", "evaluation-sets", "code")


def _is_of_phase(path: str, stage: int) -> bool:
    """Whether a file was made before this stage."""
    early = path.startswith(FOLDERS)
    return early if stage < LAST else early or path.startswith(("model-artifacts", "training-output", "evaluation"))
