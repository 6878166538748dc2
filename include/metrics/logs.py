"""Lines to a log group of CloudWatch Logs."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


def put_lines(logs: Any, group: str, stream: str, lines: Sequence[str], at: datetime) -> None:
    """Write the lines as events of a stream, which is made if it is not there.

    Args:
        logs: client of CloudWatch Logs.
        group: that is there.
        stream: of the run.
        lines: one event each.
        at: their time.

    Raises:
        ClientError: there is no such group, or writing to it is not allowed.
    """
    with suppress(logs.exceptions.ResourceAlreadyExistsException):  # a task that was cleared writes again
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    events = [{"timestamp": round(at.timestamp() * 1_000), "message": line} for line in lines]
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)
