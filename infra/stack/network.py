"""A VPC without a way to the internet, for jobs and endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    import aws_cdk as cdk

    from infra.settings import StackSettings

SERVICES = ("sagemaker.api", "sagemaker.runtime", "logs", "monitoring", "sts", "ecr.api", "ecr.dkr")
"""What is called from inside: each is an interface in both subnets, and billed by the hour."""
ZONES = 2


@dataclass(frozen=True)
class Network:
    """Ids of what was made."""

    subnets: list[str]
    security_group: str


def make_network(stack: cdk.Stack, settings: StackSettings) -> Network | None:
    """Two private subnets that reach S3 and the services above, and nothing else; None if not asked for."""
    if not settings.vpc:
        return None
    vpc = ec2.Vpc(
        stack,
        "Vpc",
        max_azs=ZONES,
        nat_gateways=0,
        subnet_configuration=[
            ec2.SubnetConfiguration(name="Private", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=24)
        ],
    )
    vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3)
    jobs = ec2.SecurityGroup(
        stack, "Jobs", vpc=vpc, description="Jobs and endpoints; nothing comes in but from each other"
    )
    # The instances of one training job talk on ports that they agree on among themselves.
    jobs.add_ingress_rule(jobs, ec2.Port.all_tcp(), "from the other instances of a training job")
    services = ec2.SecurityGroup(stack, "Services", vpc=vpc, description="Interfaces of AWS services")
    services.add_ingress_rule(jobs, ec2.Port.tcp(443), "from jobs and endpoints")
    for service in SERVICES:
        vpc.add_interface_endpoint(
            service.title().replace(".", ""),
            service=ec2.InterfaceVpcEndpointAwsService(service),
            security_groups=[services],
            open=False,
        )
    _flow_log(stack, vpc, settings.log_days)
    return Network([subnet.subnet_id for subnet in vpc.isolated_subnets], jobs.security_group_id)


def _flow_log(stack: cdk.Stack, vpc: ec2.Vpc, days: int) -> None:
    # Made of the plain resource, as the construct knows retention only by names such as THREE_MONTHS.
    made = logs.CfnLogGroup(stack, "FlowLog", retention_in_days=days)
    group = logs.LogGroup.from_log_group_arn(stack, "FlowLogGroup", made.attr_arn)
    vpc.add_flow_log("Flow", destination=ec2.FlowLogDestination.to_cloud_watch_logs(group))
