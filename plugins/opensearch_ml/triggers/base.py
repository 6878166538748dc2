"""Waits in the triggerer until a paid job has ended, and stops it if the task is cancelled."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook
from airflow.triggers.base import BaseTrigger, TriggerEvent

from include.retryable import is_retryable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

log = logging.getLogger(__name__)


class JobTrigger(BaseTrigger):
    """Base of the triggers: looks at a job until it has ended, however long that takes.

    The stock triggers stop after a number of looks, at `Stopping` and at `PartiallyCompleted`. What the state means is
    left to the task, which goes on with the event `{"status", "job"}`; status `error`: AWS could not be asked.

    Args:
        job: name or ARN.
        poll_seconds: time between two looks.
        aws_conn_id: Airflow connection.
        region_name: AWS region; the connection's if empty.
    """

    client_type: ClassVar[str]

    def __init__(
        self, job: str, poll_seconds: float = 30, aws_conn_id: str | None = None, region_name: str | None = None
    ) -> None:
        super().__init__()
        self.job = job
        self.poll_seconds = poll_seconds
        self.aws_conn_id = aws_conn_id
        self.region_name = region_name

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """The class, and the arguments that make an equal one."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            "job": self.job,
            "poll_seconds": self.poll_seconds,
            "aws_conn_id": self.aws_conn_id,
            "region_name": self.region_name,
        }

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """One event, when the job has ended."""
        from botocore.exceptions import BotoCoreError, ClientError

        while True:
            try:
                async for event in self._watch():
                    yield event
                    return
            except (BotoCoreError, ClientError) as error:
                if not is_retryable(error):
                    yield TriggerEvent({"status": "error", "job": self.job, "message": str(error)})
                    return
                log.warning("%s could not be looked at and is looked at again: %s", self.job, error)
            await asyncio.sleep(self.poll_seconds)

    async def on_kill(self) -> None:
        """Stop the job: a person cancelled the task, or its run."""
        from botocore.exceptions import ClientError

        async with await self._connect() as client:
            try:
                await self.stop(client)
            except ClientError as error:
                log.warning("%s was not stopped: %s", self.job, error)
            else:
                log.info("%s is stopped, because its task was cancelled.", self.job)

    @abstractmethod
    async def look(self, client: Any) -> str | None:
        """State of the job if it has ended; None while it goes on."""

    @abstractmethod
    async def stop(self, client: Any) -> None:
        """Ask AWS to end the job."""

    async def _watch(self) -> AsyncIterator[TriggerEvent]:
        """With one client: a lasting one renews its own credentials, a new one comes after each error."""
        async with await self._connect() as client:
            while (status := await self.look(client)) is None:
                await asyncio.sleep(self.poll_seconds)
        yield TriggerEvent({"status": status, "job": self.job})

    async def _connect(self) -> Any:
        hook: Any = AwsGenericHook(
            aws_conn_id=self.aws_conn_id, region_name=self.region_name or None, client_type=self.client_type
        )
        return await hook.get_async_conn()
