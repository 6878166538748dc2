"""How far the work of a phase is, asked where it is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable

    from boto3 import Session

NOT_STARTED = ("ValidationException", "ResourceNotFoundException")
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
STEP = re.compile(r"step=(?P<done>\d+) steps=(?P<of>\d+).*? loss=(?P<loss>[\d.]+)")
ENCODING = re.compile(r"phase=(?P<phase>\w+) done=(?P<done>\d+) of=(?P<of>\d+)")


class Details:
    """Looks at the jobs of one run.

    Args:
        session: for the AWS that the run uses.
        name: that the run's jobs share.
    """

    def __init__(self, session: Session, name: str) -> None:
        self._name = name
        self._bedrock = session.client("bedrock")
        self._sagemaker = session.client("sagemaker")
        self._logs = session.client("logs")
        self._of: dict[str, Callable[[], str]] = {
            "queries": self._batch_jobs,
            "training": self._training_job,
            "endpoint": self._endpoint,
        }

    def of(self, phase: str) -> str:
        """A few words on the phase's job; none if it has not started one."""
        try:
            return self._of[phase]() if phase in self._of else ""
        except ClientError as error:
            if error.response["Error"]["Code"] in NOT_STARTED:
                return ""
            raise

    def _batch_jobs(self) -> str:
        jobs = self._bedrock.list_model_invocation_jobs(nameContains=self._name)["invocationJobSummaries"]
        described: list[Any] = [self._bedrock.get_model_invocation_job(jobIdentifier=job["jobArn"]) for job in jobs]
        done = sum(job.get("processedRecordCount", 0) for job in described)
        of = sum(job.get("totalRecordCount", 0) for job in described)
        return f"{done:,} of {of:,} documents" if of else ""

    def _training_job(self) -> str:
        job = self._sagemaker.describe_training_job(TrainingJobName=self._name)
        if job["SecondaryStatus"] != "Training":
            return str(job["SecondaryStatus"]).lower()
        return next(filter(None, map(_progress, reversed(self._last_lines()))), "starting")

    def _last_lines(self) -> list[str]:
        streams = self._logs.describe_log_streams(logGroupName=LOG_GROUP, logStreamNamePrefix=self._name)["logStreams"]
        if not streams:
            return []
        events = self._logs.get_log_events(
            logGroupName=LOG_GROUP, logStreamName=streams[0]["logStreamName"], startFromHead=False, limit=50
        )["events"]
        return [str(event["message"]) for event in events]

    def _endpoint(self) -> str:
        return str(self._sagemaker.describe_endpoint(EndpointName=self._name)["EndpointStatus"])


def _progress(line: str) -> str:
    if step := STEP.search(line):
        return f"step {step['done']} of {step['of']}, loss {step['loss']}"
    if encoding := ENCODING.search(line):
        return f"{encoding['phase'].replace('_', ' ')} {int(encoding['done']):,} of {int(encoding['of']):,}"
    return ""
