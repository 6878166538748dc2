"""What a DAG of `retraining.yaml` is made of."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk import Asset, Param

from include.retraining.entry import AssetSchedule, Broken
from opensearch_ml.failures import note_failure

if TYPE_CHECKING:
    from include.retraining.entry import Entry

BROKEN = "broken"
FORCE = "force"


def dag_arguments(entry: Entry | Broken, doc: str | None) -> dict[str, Any]:
    """Arguments of the DAG of an entry; of a broken one, of a DAG that says so wherever Airflow shows it."""
    broken = isinstance(entry, Broken)
    return {
        "dag_id": f"retrain_{entry.name}",
        "doc_md": f"### This entry cannot be scheduled\n\n{entry.problem}" if isinstance(entry, Broken) else doc,
        "schedule": "@once" if isinstance(entry, Broken) else _schedule(entry),
        "start_date": datetime(2026, 1, 1, tzinfo=UTC),
        "catchup": False,
        "max_active_runs": 1,  # the second of two would compare with a run that is at work
        "tags": ["search", "opensearch", "retraining", *([BROKEN] if broken else [])],
        "params": {} if broken else {FORCE: _force()},
        "default_args": {"on_failure_callback": note_failure},
    }


def _schedule(entry: Entry) -> Any:
    return [Asset(entry.schedule.asset)] if isinstance(entry.schedule, AssetSchedule) else entry.schedule


def _force() -> Param:
    return Param(False, type="boolean", title=FORCE, description_md="Train again though the corpus has not changed.")
