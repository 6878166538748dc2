"""What a DAG of `retraining.yaml` is made of."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, Param

from include.retraining.entry import AssetSchedule, Broken
from opensearch_ml.airflow_versions import CronTriggerTimetable
from opensearch_ml.failures import note_failure

if TYPE_CHECKING:
    from include.retraining.entry import Entry

BROKEN = "broken"
FORCE = "force"
TAGS = ("search", "opensearch", "retraining")
STARTED = "{{ dag.dag_id }}__{{ ti.start_date.strftime('%Y-%m-%dT%H:%M:%S') }}"
"""Id of a run that is started: says by which DAG, and is another one if the task is cleared."""


def dag_arguments(entry: Entry | Broken, doc: str | None) -> dict[str, Any]:
    """Arguments of the DAG of an entry; of a broken one, of a DAG that says so wherever Airflow shows it."""
    return {
        "dag_id": f"retrain_{entry.name}",
        "catchup": False,
        "max_active_runs": 1,  # the second of two would compare with a run that is at work
        "default_args": {"on_failure_callback": note_failure},
        **(_of_broken(entry) if isinstance(entry, Broken) else _of_good(entry, doc)),
    }


def _of_good(entry: Entry, doc: str | None) -> dict[str, Any]:
    parameters = json.dumps(entry.parameters, indent=2, ensure_ascii=False, default=str)
    return {
        "description": f"Trains again when {entry.min_change:.1%} of the documents have changed",
        "doc_md": f"{doc}\n#### This entry\n`min_change` is {entry.min_change}; the parameters are\n"
        f"```json\n{parameters}\n```\n",
        "schedule": _schedule(entry),
        "tags": list(TAGS),
        "params": {FORCE: _force()},
    }


def _of_broken(entry: Broken) -> dict[str, Any]:
    return {
        "description": f"Cannot be scheduled. {entry.problem}",
        "doc_md": f"### This entry cannot be scheduled\n\n{entry.problem}",
        # Fails at once, and each day until it is corrected. Not `@once`: never again, if the entry was good before.
        "schedule": "@daily",
        "start_date": datetime(2026, 1, 1, tzinfo=UTC),
        "tags": [*TAGS, BROKEN],
    }


def _schedule(entry: Entry) -> Any:
    if isinstance(entry.schedule, AssetSchedule):
        return [Asset(entry.schedule.asset)]
    if entry.schedule is None:
        return None
    # Without a start date, and so: the first run waits for its time, instead of making up for the time before.
    return CronTriggerTimetable(entry.schedule, timezone="UTC", run_immediately=timedelta(0))


def _force() -> Param:
    return Param(False, type="boolean", title=FORCE, description_md="Train again though the corpus has not changed.")
