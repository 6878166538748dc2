"""AWS in memory, with a record of what was asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import botocore.client
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

if TYPE_CHECKING:
    from collections.abc import Iterator


class Calls(list[str]):
    """What was asked of AWS, in order; Bedrock's batch jobs, which moto has not, are answered here."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[dict[str, Any]] = []
        self.denied: set[str] = set()

    def answer(self, client: Any, operation: str, arguments: dict[str, Any], real: Any) -> Any:
        self.append(operation)
        if operation in self.denied:
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no right"}}, operation)
        if operation == "ListModelInvocationJobs":
            return {"invocationJobSummaries": self.jobs}
        if operation == "StopModelInvocationJob":
            return {}
        return real(client, operation, arguments)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch, bucket: str) -> Iterator[Calls]:
    recorded, real = Calls(), botocore.client.BaseClient._make_api_call
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket=bucket)
        monkeypatch.setattr(
            botocore.client.BaseClient,
            "_make_api_call",
            lambda client, operation, arguments: recorded.answer(client, operation, arguments, real),
        )
        yield recorded
