"""A run that is marked failed while it trains: the job it pays for ends, and nothing of it stays."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local.demo.inputs import BUCKET
from local.processes import pause
from opensearch_ml.tasks.release import WORKERS_END_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.e2e.conftest import World

STARTS_WITHIN_SECONDS = 180
TRIGGER_STARTS_SECONDS = 3


def put_own_pairs(world: World) -> dict[str, Any]:
    """Corpus and pairs as JSONL, so that the first paid job is the training."""
    hits = world.search.search(index="e2e-documents", body={"size": 200})["hits"]["hits"]
    texts = [hit["_source"]["body"]["text"] for hit in hits]
    documents = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    pairs = [{"query": " ".join(text.split()[:6]), "document": text} for text in texts]
    s3 = world.client("s3")
    for name, rows in (("corpus", documents), ("pairs", pairs)):
        body = "".join(json.dumps(row) + "\n" for row in rows)
        s3.put_object(Bucket=BUCKET, Key=f"e2e/cancel/{name}.jsonl", Body=body.encode())
    return {
        "input_type": "s3",
        "index_name": None,
        "s3_corpus_path": f"s3://{BUCKET}/e2e/cancel/corpus.jsonl",
        "s3_pairs_path": f"s3://{BUCKET}/e2e/cancel/pairs.jsonl",
        "model_name": "e2e-cancelled",
        "epochs": 10,
    }


def statuses(world: World) -> list[str]:
    found = world.client("sagemaker").list_training_jobs(NameContains="e2e-cancelled")["TrainingJobSummaries"]
    return [job["TrainingJobStatus"] for job in found]


def stopped_at(world: World) -> datetime:
    sagemaker = world.client("sagemaker")
    (job,) = sagemaker.list_training_jobs(NameContains="e2e-cancelled")["TrainingJobSummaries"]
    described = sagemaker.describe_training_job(TrainingJobName=job["TrainingJobName"])
    (stopping,) = [step for step in described["SecondaryStatusTransitions"] if step["Status"] == "Stopping"]
    return datetime.fromtimestamp(stopping["StartTime"].timestamp(), UTC)


def wait_for(condition: Callable[[], bool]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < STARTS_WITHIN_SECONDS
        pause(0.5)


@pytest.fixture(scope="module")
def triggerer(world: World) -> None:
    """Which the local stack leaves out: nothing defers there."""
    world.start_service("airflow-triggerer")


@pytest.mark.usefixtures("triggerer")
def test_run_marked_failed_while_it_trains_leaves_nothing_billed(world: World):
    """In the triggerer, as in production: its trigger and the teardown both end the job."""
    before = world.spent()
    run_id = world.start(**put_own_pairs(world), deferrable=True)
    wait_for(lambda: world.airflow.is_in_triggerer(run_id, "training.train"))
    pause(TRIGGER_STARTS_SECONDS)
    assert statuses(world) == ["InProgress"]

    world.airflow.mark_failed(run_id)
    run = world.wait(run_id)

    assert run.state == "failed"
    assert run.tasks["training.train"] == "failed"
    assert run.tasks["explain_failure"] == "skipped"
    assert run.tasks["release_run"] == "failed", "it says what it ended"
    assert statuses(world) == ["Stopped"]
    (released,) = [task.started for task in run.ended if task.task_id == "release_run"]
    assert released
    assert stopped_at(world) < released + timedelta(seconds=WORKERS_END_SECONDS), "by the trigger, before the teardown"
    assert world.spent() == {**before, "training jobs": before["training jobs"] + 1}
    assert not [name for name in world.search.indices.get_alias(index="*") if name.startswith("e2e-cancelled")]
