"""Starts Bedrock batch inference jobs, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.operators.bedrock import BedrockBatchInferenceOperator

from include.errors import RetryableError
from include.jobs.attempts import attempt_name, next_number
from include.jobs.batch import last_batch_job, token_of
from include.jobs.calls import create, refusal
from include.jobs.unmodelled import send_unmodelled
from opensearch_ml.final_errors import FinalErrors
from opensearch_ml.links import BatchJobLink, keep_link
from opensearch_ml.waiting import is_cancelled, is_cleared

if TYPE_CHECKING:
    from airflow.sdk import Context


class BatchInferenceOperator(FinalErrors, BedrockBatchInferenceOperator):
    """Find or start a batch inference job; returns its ARN. `BedrockBatchSensor` waits for the end.

    A retry finds the job that the first try started. One that was stopped, or failed for a reason that passes, is
    followed by `{job_name}-2`; one that failed for a reason that comes again only when a person clears the task.

    Args:
        job_name: of the first try.
        invoke_kwargs: more arguments of `CreateModelInvocationJob`; `clientRequestToken`, made of what the job is made
            of, tells a job that was started with other records.
        use_incomplete: a job whose time ran out while it answered counts as done.
    """

    operator_extra_links = (BatchJobLink(),)

    def __init__(self, *, use_incomplete: bool = True, **kwargs: Any) -> None:
        super().__init__(**{"wait_for_completion": False, "deferrable": False, **kwargs})
        self.use_incomplete = use_incomplete
        self.killed = False

    def execute(self, context: Context) -> str:
        """Find or start the job.

        Raises:
            TerminalError: it failed, and would again.
        """
        keep_link(context, self, BatchJobLink, region=self.hook.conn_region_name, partition=self.hook.conn_partition)
        arn = self._adopted(is_cleared(context))
        if self.killed and is_cancelled(context):
            refused = refusal(self.hook.conn.stop_model_invocation_job, jobIdentifier=arn)
            self.log.warning("The task was cancelled: %s is %s", arn, refused or "stopped")
        return arn

    def on_kill(self) -> None:
        """Told to end: `execute` stops the job that it is starting, if a person cancelled the task."""
        self.killed = True

    def _adopted(self, cleared: bool) -> str:
        last = last_batch_job(self.hook.conn, self.job_name, self.use_incomplete)
        made_of = self._token(last.name) if last else ""
        number = next_number(self.job_name, last, cleared, made_of)
        if number is None and last is not None:
            self.log.info("Batch inference job %s is %s and is not paid again.", last.name, last.state)
            return last.identifier
        return self._start(number or 1)

    def _start(self, number: int) -> str:
        name = attempt_name(self.job_name, number)
        more = dict(self.invoke_kwargs)
        if "clientRequestToken" in more:
            more["clientRequestToken"] = token_of(more["clientRequestToken"], number)
        send_unmodelled(self.hook.conn, "CreateModelInvocationJob", ["modelInvocationType"])
        answer = create(
            self.hook.conn.create_model_invocation_job,
            jobName=name,
            roleArn=self.role_arn,
            modelId=self.model_id,
            inputDataConfig={"s3InputDataConfig": {"s3Uri": self.input_uri}},
            outputDataConfig={"s3OutputDataConfig": {"s3Uri": self.output_uri}},
            **more,
        )
        if answer is None:
            return self._started_before(name)
        self.log.info("Batch inference job %s started: %s", name, answer["jobArn"])
        return str(answer["jobArn"])

    def _started_before(self, name: str) -> str:
        last = last_batch_job(self.hook.conn, self.job_name, self.use_incomplete)
        if last is None or last.name != name:
            raise RetryableError(f"{name} was started before, and Bedrock does not list it yet.")
        self.log.info("Batch inference job %s was started before.", name)
        return last.identifier

    def _token(self, attempt: str) -> str:
        """What the last try would be started with now."""
        suffix = attempt.removeprefix(self.job_name).removeprefix("-")
        token = self.invoke_kwargs.get("clientRequestToken", "")
        return token_of(token, int(suffix or 1)) if token else ""
