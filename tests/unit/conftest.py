"""Fixtures of the unit tests: S3 in memory, settings and plans made from few words, and no way out to the network."""

from __future__ import annotations

import ipaddress
import os
import socket
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from include.plan import Plan
    from include.settings import FinetuneSettings

# The same examples in every run; HYPOTHESIS_PROFILE=explore looks for new ones.
hypothesis.settings.register_profile("repeat", derandomize=True, deadline=None, database=None)
hypothesis.settings.register_profile("explore", deadline=None, database=None, max_examples=3_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeat"))

BUCKET = "search-bucket"
RUN_ID = "manual__2026-11-21T10:50:00+00:00"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A unit test that reaches for another machine fails; its own loopback is its own business."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
            pytest.fail(f"a unit test connects to {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session", autouse=True)
def service_models_are_read_once() -> Iterator[None]:
    """Every hook makes a session of its own, and each would parse the models anew: half a second for SageMaker."""
    import botocore.session

    create = botocore.session.create_loader
    botocore.session.create_loader = lru_cache(create)
    yield
    botocore.session.create_loader = create


@pytest.fixture
def s3() -> Iterator[Any]:
    """S3 in memory, with one bucket."""
    import boto3
    from moto import mock_aws

    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=BUCKET)
        yield client


@pytest.fixture
def bucket() -> str:
    return BUCKET


@pytest.fixture
def params() -> dict[str, Any]:
    """The least that a user must give."""
    return {
        "input_type": "opensearch",
        "index_name": "articles",
        "bucket": BUCKET,
        "bedrock_role_arn": "arn:aws:iam::123456789012:role/bedrock",
        "sagemaker_role_arn": "arn:aws:iam::123456789012:role/sagemaker",
    }


@pytest.fixture
def make_settings(params: dict[str, Any]) -> Callable[..., FinetuneSettings]:
    """Settings that differ from the least ones in what is given."""
    from include.parameters import read_settings

    def make(**changed: Any) -> FinetuneSettings:
        return read_settings({**params, **changed})

    return make


@pytest.fixture
def make_plan(make_settings: Callable[..., FinetuneSettings]) -> Callable[..., Plan]:
    """Plan of a run with such settings."""
    from include import plan

    def make(**changed: Any) -> Plan:
        started = datetime(2026, 11, 21, 10, 50, tzinfo=UTC)
        return plan.make_plan(make_settings(**changed), RUN_ID, started, "us-east-1", "http://opensearch:9200")

    return make


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
