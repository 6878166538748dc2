"""The log of a training job in CloudWatch, line by line, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include.jobs.calls import find

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs import CloudWatchLogsClient

GROUP = "/aws/sagemaker/TrainingJobs"


class TrainingLog:
    """Follows the streams of one job's instances.

    Args:
        logs: client.
        job_name: of the training job.
    """

    def __init__(self, logs: CloudWatchLogsClient, job_name: str) -> None:
        self._logs = logs
        self._prefix = f"{job_name}/"
        self._tokens: dict[str, str] = {}

    def new_lines(self) -> Iterator[str]:
        """What was written since the last call; nothing before the first instance has written.

        A log that cannot be read is no reason to lose a job that is paid for: it is told, and tried again next time.
        """
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            for stream in self._streams():
                yield from self._new_lines_of(stream)
        except (BotoCoreError, ClientError) as error:
            yield f"The job's log cannot be read: {error}"

    def _streams(self) -> list[str]:
        found = find(self._logs.describe_log_streams, logGroupName=GROUP, logStreamNamePrefix=self._prefix)
        return [stream["logStreamName"] for stream in (found or {}).get("logStreams", [])]

    def _new_lines_of(self, stream: str) -> Iterator[str]:
        """CloudWatch's token says where the last page ended; at the end it gives the same one again."""
        while True:
            asked: dict[str, Any] = {"nextToken": self._tokens[stream]} if stream in self._tokens else {}
            page = self._logs.get_log_events(logGroupName=GROUP, logStreamName=stream, startFromHead=True, **asked)
            yield from (event["message"] for event in page["events"])
            if self._tokens.get(stream) == page["nextForwardToken"]:
                return
            self._tokens[stream] = page["nextForwardToken"]
