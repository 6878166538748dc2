"""Waits for SageMaker's training jobs and endpoints."""

from __future__ import annotations

from typing import Any

from include.jobs.endpoint import BUSY
from include.jobs.training import ENDED
from opensearch_ml.triggers.base import JobTrigger


class TrainingJobTrigger(JobTrigger):
    """Until a training job has ended, with whatever result."""

    client_type = "sagemaker"

    async def look(self, client: Any) -> str | None:
        """Status of the job if it has ended."""
        status = str((await client.describe_training_job(TrainingJobName=self.job))["TrainingJobStatus"])
        return status if status in ENDED else None

    async def stop(self, client: Any) -> None:
        """StopTrainingJob."""
        await client.stop_training_job(TrainingJobName=self.job)


class EndpointTrigger(JobTrigger):
    """Until nothing happens to an endpoint any more."""

    client_type = "sagemaker"

    async def look(self, client: Any) -> str | None:
        """Status of the endpoint if nothing happens to it."""
        status = str((await client.describe_endpoint(EndpointName=self.job))["EndpointStatus"])
        return None if status in BUSY else status

    async def stop(self, client: Any) -> None:
        """DeleteEndpoint if it never served. While it is created AWS refuses; `release_run` waits until it can."""
        status = (await client.describe_endpoint(EndpointName=self.job))["EndpointStatus"]
        if status in ("Creating", "Failed"):
            await client.delete_endpoint(EndpointName=self.job)
