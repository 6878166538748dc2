"""Training job and model in a VPC of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.parameters import read_settings
from include.plan import make_plan

if TYPE_CHECKING:
    from datetime import datetime

SUBNETS, GROUPS = ["subnet-0123456789abcdef0", "subnet-0123abcd"], ["sg-0123456789abcdef0"]


def requests_of(params: dict[str, Any], started: datetime) -> dict[str, dict[str, Any]]:
    return make_plan(read_settings(params), "manual__1", started, "eu-central-1", "https://search:9200").requests()


@pytest.fixture
def started() -> datetime:
    from datetime import UTC, datetime

    return datetime(2026, 11, 22, tzinfo=UTC)


@pytest.mark.parametrize("request_name", ["training_request", "model_request"])
def test_request_with_subnets_names_the_network(params: dict[str, Any], started: datetime, request_name: str) -> None:
    made = requests_of({**params, "vpc_subnet_ids": SUBNETS, "vpc_security_group_ids": GROUPS}, started)
    assert made[request_name]["VpcConfig"] == {"Subnets": SUBNETS, "SecurityGroupIds": GROUPS}


def test_model_of_a_serverless_endpoint_names_no_network(params: dict[str, Any], started: datetime) -> None:
    given = {"vpc_subnet_ids": SUBNETS, "vpc_security_group_ids": GROUPS, "endpoint_type": "serverless"}
    assert "VpcConfig" not in requests_of({**params, **given}, started)["model_request"]


def test_request_without_subnets_names_no_network(params: dict[str, Any], started: datetime) -> None:
    assert not [body for body in requests_of(params, started).values() if "VpcConfig" in body]


@pytest.mark.parametrize("given", [{"vpc_subnet_ids": SUBNETS}, {"vpc_security_group_ids": GROUPS}], ids=str)
def test_half_a_network_is_refused(params: dict[str, Any], given: dict[str, Any]) -> None:
    with pytest.raises(TerminalError, match="vpc_subnet_ids and vpc_security_group_ids"):
        read_settings({**params, **given})
