"""What programs print, into CloudWatch Logs, as they print it."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_logs.type_defs import InputLogEventTypeDef

FLUSH_SECONDS = 0.25
BATCH_EVENTS = 2_000
LONGEST_EVENT = 200_000
"""Characters; CloudWatch takes 1 MiB a batch and an event."""


class LogStream:
    """A stream of a log group, both made when the first line comes; lines arrive there within FLUSH_SECONDS."""

    def __init__(self, logs: CloudWatchLogsClient, group: str, stream: str) -> None:
        self.group, self.stream = group, stream
        self._logs = logs
        self._waiting: list[InputLogEventTypeDef] = []
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._timer: threading.Timer | None = None
        self._made = False

    def write(self, line: str) -> None:
        """Adds a line; an empty one is no event in CloudWatch and is left out."""
        if not line:
            return
        with self._lock:
            self._waiting.append({"timestamp": time.time_ns() // 1_000_000, "message": line[:LONGEST_EVENT]})
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_SECONDS, self.flush)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Sends what waits, and comes back when it has arrived."""
        with self._sending:
            with self._lock:
                events, self._waiting = self._waiting, []
                if self._timer is not None:
                    self._timer.cancel()
                    self._timer = None
            if events:
                self._make()
            for start in range(0, len(events), BATCH_EVENTS):
                batch = events[start : start + BATCH_EVENTS]
                self._logs.put_log_events(logGroupName=self.group, logStreamName=self.stream, logEvents=batch)

    def _make(self) -> None:
        if self._made:
            return
        exists = self._logs.exceptions.ResourceAlreadyExistsException
        with contextlib.suppress(exists):
            self._logs.create_log_group(logGroupName=self.group)
        with contextlib.suppress(exists):
            self._logs.create_log_stream(logGroupName=self.group, logStreamName=self.stream)
        self._made = True
