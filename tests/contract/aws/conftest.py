from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.aws.harness import BUCKET, StandInProcess, upload_model, upload_training

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandInProcess]:
    """One stand-in for all contract tests, with the toy script, channel and model in its S3."""
    stand_in = StandInProcess(tmp_path_factory.mktemp("aws"))
    try:
        stand_in.start()
        s3 = stand_in.client("s3")
        s3.create_bucket(Bucket=BUCKET)
        upload_training(s3)
        upload_model(s3)
        yield stand_in
    finally:
        stand_in.stop()


@pytest.fixture(scope="session")
def s3(aws: StandInProcess) -> Any:
    return aws.client("s3")


@pytest.fixture(scope="session")
def logs(aws: StandInProcess) -> Any:
    return aws.client("logs")


@pytest.fixture(scope="session")
def bedrock(aws: StandInProcess) -> Any:
    return aws.client("bedrock")


@pytest.fixture(scope="session")
def sagemaker(aws: StandInProcess) -> Any:
    return aws.client("sagemaker")


@pytest.fixture(scope="session")
def runtime(aws: StandInProcess) -> Any:
    return aws.client("sagemaker-runtime")


@pytest.fixture(scope="session")
def new_name() -> Callable[[str], str]:
    """Names that no other test has."""
    numbers = itertools.count(1)
    return lambda what: f"{what}-{next(numbers)}"
