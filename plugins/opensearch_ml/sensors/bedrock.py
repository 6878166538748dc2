"""Waits for a Bedrock batch inference job, and takes what a partly completed one has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.sensors.bedrock import BedrockBatchInferenceSensor

from include.errors import RetryableError

if TYPE_CHECKING:
    from airflow.sdk import Context


class BedrockBatchSensor(BedrockBatchInferenceSensor):
    """Succeeds when the job is `Completed` or `PartiallyCompleted`.

    The stock sensor calls a partly completed job a failure, though its answers are there and paid for; how many are
    needed is decided where they are parsed (`min_pair_share`).
    """

    # The stock sensor writes its states on its own class, for all sensors of the process.
    INTERMEDIATE_STATES = ("Submitted", "Validating", "Scheduled", "InProgress", "Stopping")
    SUCCESS_STATES = ("Completed", "PartiallyCompleted")
    FAILURE_STATES = ("Failed", "Stopped", "Expired")

    def poke(self, context: Context, event: dict[str, Any] | None = None, **_: Any) -> bool:
        """Whether the job has ended with answers.

        Args:
            context: of the task.
            event: of the trigger, if the task waited in the triggerer.

        Raises:
            RetryableError: the triggerer stopped waiting before the job ended; the stock sensor would call that a
                success. Waiting again costs nothing.
        """
        ended = bool(super().poke(context))
        if event is not None and not ended:
            raise RetryableError(f"The triggerer stopped waiting for {self.job_arn}: {event.get('message', event)}")
        return ended

    def get_failure_reason(self) -> str:
        """What Bedrock says of the failed job."""
        return str(self.hook.conn.get_model_invocation_job(jobIdentifier=self.job_arn).get("message", ""))
