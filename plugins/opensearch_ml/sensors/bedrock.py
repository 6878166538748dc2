"""Waits for a Bedrock batch inference job, and takes what an incomplete one has answered."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.sensors.bedrock import BedrockBatchInferenceSensor

from include.errors import RetryableError
from include.jobs.batch import counts_of, has_ended
from opensearch_ml.final_errors import FinalErrors
from opensearch_ml.triggers.bedrock import BatchJobTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

LONGEST_WAIT = timedelta(hours=192)
"""Beyond the 168 hours after which Bedrock itself ends a job."""


class BedrockBatchSensor(FinalErrors, BedrockBatchInferenceSensor):
    """Succeeds when the job has ended with answers.

    The stock sensor calls a partly completed job a failure, though its answers are there and paid for; how many are
    needed is decided where they are parsed (`min_pair_share`).

    Args:
        job_arn: of the job.
        use_incomplete: `PartiallyCompleted` and `Expired` (its time ran out before it began: no answers) count as ended
            too; False: they are errors.
    """

    # The stock sensor writes its states on its own class, for all sensors of the process; here they are not asked.
    INTERMEDIATE_STATES = ()
    SUCCESS_STATES = ()

    def __init__(self, *, use_incomplete: bool = True, **kwargs: Any) -> None:
        super().__init__(**{"success_state": "completed", "timeout": LONGEST_WAIT.total_seconds(), **kwargs})
        self.use_incomplete = use_incomplete

    def execute(self, context: Context) -> None:
        """Wait: in the triggerer, or here, looking again and again.

        Raises:
            TerminalError: the job ended without answers that are used.
        """
        if not self.deferrable:
            # The stock sensor's own execute would defer.
            super(BedrockBatchInferenceSensor, self).execute(context)
        elif not self.poke(context):
            trigger = BatchJobTrigger(self.job_arn, self.poke_interval, self.aws_conn_id, self.region_name)
            self.defer(trigger=trigger, method_name="execute_complete")

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> None:
        """After the triggerer.

        Raises:
            RetryableError: the triggerer could not look at the job. Waiting again costs nothing.
            TerminalError: the job ended without answers that are used.
        """
        if not event or event["status"] == "error" or not self.poke(context):
            raise RetryableError(f"The triggerer stopped waiting for {self.job_arn}: {event}")

    def poke(self, context: Context, **_: Any) -> bool:
        """Whether the job has ended with answers.

        Raises:
            TerminalError: it ended without answers that are used.
        """
        job = self.hook.conn.get_model_invocation_job(jobIdentifier=self.job_arn)
        ended = has_ended(job, self.use_incomplete)
        log = self.log.warning if job["status"] in ("PartiallyCompleted", "Expired") else self.log.info
        log("%s is %s: %s", job.get("jobName") or self.job_arn, job["status"], counts_of(job))
        return ended
