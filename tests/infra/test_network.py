from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from infra.stack.network import SERVICES

if TYPE_CHECKING:
    from tests.infra.template import Made


def test_network_is_not_made_unless_asked_for(smallest: Made) -> None:
    assert "AWS::EC2" not in json.dumps(smallest.template)


def test_network_has_private_subnets_and_no_way_out(largest: Made) -> None:
    assert len(largest.of_type("AWS::EC2::Subnet")) == 2
    assert not [found for found in largest.of_type("AWS::EC2::Subnet").values() if found["MapPublicIpOnLaunch"]]
    for kind in ("InternetGateway", "NatGateway", "Route"):
        assert not largest.of_type(f"AWS::EC2::{kind}"), kind


def test_network_reaches_s3_and_each_service(largest: Made) -> None:
    endpoints = list(largest.of_type("AWS::EC2::VPCEndpoint").values())

    names = {re.split(r"\.[a-z]+-[a-z]+-[0-9]\.", found["ServiceName"])[-1] for found in endpoints}
    assert names == {"s3", *SERVICES}
    assert [found["VpcEndpointType"] for found in endpoints].count("Interface") == len(SERVICES)


def test_interfaces_take_https_from_jobs_only(largest: Made) -> None:
    rules = list(largest.of_type("AWS::EC2::SecurityGroupIngress").values())
    [rule] = [rule for rule in rules if rule["Description"] == "from jobs and endpoints"]
    assert (rule["FromPort"], rule["ToPort"], rule["IpProtocol"]) == (443, 443, "tcp")
    assert not [
        found for found in largest.of_type("AWS::EC2::SecurityGroup").values() if "SecurityGroupIngress" in found
    ]


def test_instances_of_a_training_job_reach_each_other(largest: Made) -> None:
    rules = list(largest.of_type("AWS::EC2::SecurityGroupIngress").values())

    [own] = [rule for rule in rules if rule["Description"] == "from the other instances of a training job"]

    assert (own["FromPort"], own["ToPort"], own["IpProtocol"]) == (0, 65535, "tcp")
    assert own["GroupId"] == own["SourceSecurityGroupId"]
    assert len(rules) == 2


def test_traffic_is_logged(largest: Made) -> None:
    [flow_log] = largest.of_type("AWS::EC2::FlowLog").values()
    assert flow_log["TrafficType"] == "ALL"
