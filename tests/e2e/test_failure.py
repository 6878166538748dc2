"""A run that fails midway: it says why, and leaves nothing behind that would be billed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World


@pytest.fixture
def failing(world: World) -> Iterator[Any]:
    settings = f"{world.environment['AWS_ENDPOINT_URL']}/_local/settings"

    def fail(operation: str, code: str, message: str, status: int = 400) -> None:
        failure = {"operation": operation, "code": code, "message": message, "status": status, "times": 100}
        httpx.put(settings, json={"failures": [failure]}).raise_for_status()

    yield fail
    httpx.put(settings, json={"failures": []}).raise_for_status()


def test_endpoint_that_cannot_be_created_is_explained_and_nothing_stays_billed(world: World, failing: Any):
    before = world.spent()
    failing("CreateEndpoint", "ValidationException", "The account has no such instance.")
    run = world.trigger()
    after = world.spent()
    assert run.state == "failed"
    assert run.tasks["endpoint.create_endpoint"] == "failed"
    assert "The account has no such instance." in run.explanation
    assert "log:" in run.explanation
    assert "next: The trained model is kept" in run.explanation
    assert {name: after[name] for name in ("endpoints", "models")} == {
        name: before[name] for name in ("endpoints", "models")
    }
    jobs = world.client("sagemaker").list_training_jobs(StatusEquals="InProgress")["TrainingJobSummaries"]
    assert jobs == []


def test_throttled_training_is_tried_again_and_one_job_is_paid(world: World, failing: Any):
    before = world.spent()["training jobs"]
    settings = f"{world.environment['AWS_ENDPOINT_URL']}/_local/settings"
    throttled = {"operation": "CreateTrainingJob", "code": "ResourceLimitExceeded", "message": "limit", "status": 400}
    httpx.put(settings, json={"failures": [{**throttled, "times": 1}]}).raise_for_status()
    run = world.trigger()
    assert run.state == "success", run.explanation
    assert world.spent()["training jobs"] == before + 1
