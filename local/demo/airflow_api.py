"""What the demo asks Airflow over its REST API."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Mapping

DAG_ID = "finetune_search_model"
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Task:
    """One task instance: its id with the group, its state, when it ran, and its tries."""

    task_id: str
    state: str
    started: datetime | None
    ended: datetime | None
    tries: int = 1

    @property
    def seconds(self) -> float:
        """How long it ran, or runs so far."""
        if not self.started:
            return 0.0
        return max(0.0, ((self.ended or datetime.now(UTC)) - self.started).total_seconds())


class Airflow:
    """The API of one Airflow, with an administrator's token (the local one gives it to anybody on this machine)."""

    def __init__(self, url: str, dag_id: str = DAG_ID) -> None:
        self.url, self.dag_id = url, dag_id
        token = httpx.get(f"{url}/auth/token", timeout=TIMEOUT_SECONDS).raise_for_status().json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx.Client(base_url=f"{url}/api/v2", headers=headers, timeout=TIMEOUT_SECONDS)

    def close(self) -> None:
        """End the connections."""
        self._client.close()

    def knows_dag(self) -> bool:
        """Whether the DAG has been parsed, and its newest version without an error."""
        return self._client.get(f"/dags/{self.dag_id}").status_code == httpx.codes.OK and not self.import_errors()

    def import_errors(self) -> str:
        """Why DAG files could not be parsed, the last time that it was tried."""
        return "\n".join(error["stack_trace"] for error in self._get("/importErrors")["import_errors"])

    def parse_again(self) -> None:
        """Have the file of the DAG parsed now."""
        token = self._get(f"/dags/{self.dag_id}")["file_token"]
        self._client.put(f"/parseDagFile/{token}").raise_for_status()

    def update_asset(self, uri: str) -> None:
        """Tell that an asset was updated."""
        [asset] = self._get("/assets", uri_pattern=uri)["assets"]
        self._client.post("/assets/events", json={"asset_id": asset["id"], "extra": {}}).raise_for_status()

    def run_ids(self) -> list[str]:
        """The runs of the DAG, the oldest first."""
        found = self._get(f"/dags/{self.dag_id}/dagRuns", order_by="run_after", limit=100)["dag_runs"]
        return [run["dag_run_id"] for run in found]

    def trigger(self, run_id: str, conf: Mapping[str, Any]) -> None:
        """Start a run of this name."""
        asked = {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)}
        self._client.post(f"/dags/{self.dag_id}/dagRuns", json=asked).raise_for_status()

    def run_state(self, run_id: str) -> str:
        """`queued`, `running`, `success` or `failed`."""
        return str(self._run(run_id)["state"])

    def run_started(self, run_id: str) -> datetime:
        """The time that the run is named after."""
        return _time(self._run(run_id)["run_after"]) or datetime.now(UTC)

    def tasks(self, run_id: str) -> list[Task]:
        """All task instances of a run."""
        found = self._get(f"/dags/{self.dag_id}/dagRuns/{run_id}/taskInstances", limit=200)["task_instances"]
        return [_task(entry) for entry in found]

    def xcom(self, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """What a task returned, or None."""
        answer = self._client.get(
            f"/dags/{self.dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}",
            params={"deserialize": True},
        )
        return answer.json()["value"] if answer.status_code == httpx.codes.OK else None

    def question(self, run_id: str, task_id: str) -> dict[str, Any]:
        """What a task that waits for a person asks: `subject`, `body`, `options`, …."""
        return dict(self._get(self._question(run_id, task_id)))

    def answer(self, run_id: str, task_id: str, option: str) -> None:
        """Say what the person says."""
        answer = {"chosen_options": [option], "params_input": {}}
        self._client.patch(self._question(run_id, task_id), json=answer).raise_for_status()

    def is_in_triggerer(self, run_id: str, task_id: str) -> bool:
        """Whether a triggerer has taken on what a deferred task waits for."""
        return bool(self._get(f"/dags/{self.dag_id}/dagRuns/{run_id}/taskInstances/{task_id}")["triggerer_job"])

    def pause(self, paused: bool) -> None:
        """Pause the DAG, or let it run again."""
        self._client.patch(f"/dags/{self.dag_id}", json={"is_paused": paused}).raise_for_status()

    def mark_failed(self, run_id: str) -> None:
        """Cancel a run, as the UI does."""
        self._client.patch(f"/dags/{self.dag_id}/dagRuns/{run_id}", json={"state": "failed"}).raise_for_status()

    def run_page(self, run_id: str) -> str:
        """Address of the run in the UI."""
        return f"{self.url}/dags/{self.dag_id}/runs/{run_id}"

    def _question(self, run_id: str, task_id: str) -> str:
        return f"/dags/{self.dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"

    def _run(self, run_id: str) -> Any:
        return self._get(f"/dags/{self.dag_id}/dagRuns/{run_id}")

    def _get(self, path: str, **params: Any) -> Any:
        return self._client.get(path, params=params).raise_for_status().json()


def _task(entry: Mapping[str, Any]) -> Task:
    return Task(
        entry["task_id"],
        entry["state"] or "",
        _time(entry["start_date"]),
        _time(entry["end_date"]),
        entry["try_number"],
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
