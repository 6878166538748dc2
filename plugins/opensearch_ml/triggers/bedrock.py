"""Waits for a Bedrock batch inference job."""

from __future__ import annotations

from typing import Any

from include.jobs.batch import RUNNING
from opensearch_ml.triggers.base import JobTrigger


class BatchJobTrigger(JobTrigger):
    """Until a batch inference job has ended, with whatever result."""

    client_type = "bedrock"

    async def look(self, client: Any) -> str | None:
        """Status of the job if it has ended."""
        status = str((await client.get_model_invocation_job(jobIdentifier=self.job))["status"])
        return None if status in RUNNING else status

    async def stop(self, client: Any) -> None:
        """StopModelInvocationJob."""
        await client.stop_model_invocation_job(jobIdentifier=self.job)
