"""A run that fails midway: it says why, and leaves nothing behind that would be billed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import World


REFUSED = {
    "operation": "CreateEndpoint",
    "code": "ValidationException",
    "message": "The account has no such instance.",
    "status": 400,
    "times": 9,
}


@pytest.fixture
def refused_endpoint(world: World) -> Iterator[None]:
    world.inject(REFUSED)
    yield
    world.inject()


@pytest.mark.usefixtures("refused_endpoint")
def test_endpoint_that_cannot_be_created_is_explained_and_nothing_stays_billed(world: World):
    run = world.trigger()
    assert run.state == "failed"
    assert run.tasks["endpoint.create_endpoint"] == "failed"
    assert "The account has no such instance." in run.explanation
    assert "log:" in run.explanation
    assert "next: The trained model is kept" in run.explanation
    sagemaker, name = world.client("sagemaker"), run.xcom("plan_run", "name")
    assert sagemaker.describe_training_job(TrainingJobName=name)["TrainingJobStatus"] == "Completed"
    assert sagemaker.list_endpoints(NameContains=name)["Endpoints"] == []
    assert sagemaker.list_endpoint_configs(NameContains=name)["EndpointConfigs"] == []
    assert sagemaker.list_models(NameContains=name)["Models"] == []
