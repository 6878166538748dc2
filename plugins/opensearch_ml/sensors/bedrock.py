"""Waits for a Bedrock batch inference job, and takes what a partly completed one has answered."""

from __future__ import annotations

from airflow.providers.amazon.aws.sensors.bedrock import BedrockBatchInferenceSensor


class BedrockBatchSensor(BedrockBatchInferenceSensor):
    """Succeeds when the job is `Completed` or `PartiallyCompleted`.

    The stock sensor calls a partly completed job a failure, though its answers are there and paid for; how many are
    needed is decided where they are parsed (`min_pair_share`).
    """

    FAILURE_STATES = ("Failed", "Stopped", "Expired")

    def get_failure_reason(self) -> str:
        """What Bedrock says of the failed job."""
        return str(self.hook.conn.get_model_invocation_job(jobIdentifier=self.job_arn).get("message", ""))
