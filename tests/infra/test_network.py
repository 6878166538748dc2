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


def test_interfaces_take_https_from_jobs_only_and_instances_of_a_job_reach_each_other(largest: Made) -> None:
    rules = largest.template["Resources"].values()
    ingress = [found["Properties"] for found in rules if found["Type"] == "AWS::EC2::SecurityGroupIngress"]
    of_jobs, of_services = sorted(ingress, key=lambda rule: str(rule["IpProtocol"]))

    assert (of_services["FromPort"], of_services["ToPort"], of_services["IpProtocol"]) == (443, 443, "tcp")
    assert of_services["SourceSecurityGroupId"] == of_jobs["SourceSecurityGroupId"]
    assert of_services["GroupId"] != of_services["SourceSecurityGroupId"]
    assert of_jobs["IpProtocol"] == "-1"
    assert of_jobs["GroupId"] == of_jobs["SourceSecurityGroupId"]
    assert not [
        found for found in largest.of_type("AWS::EC2::SecurityGroup").values() if "SecurityGroupIngress" in found
    ]


def test_traffic_is_logged(largest: Made) -> None:
    [flow_log] = largest.of_type("AWS::EC2::FlowLog").values()
    assert flow_log["TrafficType"] == "ALL"
