"""What the stack tells: the DAG's parameters, the same as an Airflow Variable, and Airflow's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from constructs import Construct

from include.parameters import parameter_schemas

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.settings import StackSettings
    from infra.stack.network import Network
    from infra.stack.roles import Roles

VARIABLE = "finetune_search_model_defaults"
CONNECTIONS = ("aws_default", "opensearch_default")
POLICIES = "airflow_policy_arns"
"""To be attached to the identity that Airflow has, where the stack makes no role for it."""


def make_outputs(
    stack: cdk.Stack,
    named: Mapping[str, str | list[str]],
    connected: Mapping[str, Mapping[str, Any]],
    roles: Roles,
) -> None:
    """Outputs in CamelCase, as CloudFormation has them.

    Args:
        stack: that tells.
        named: parameters of the DAG.
        connected: Airflow connections by their ids.
        roles: of which the policies of Airflow's are told.
    """
    scope = Construct(stack, "Outputs")
    for name, value in named.items():
        text = value if isinstance(value, str) else ",".join(value)
        _output(scope, name, text, f"Parameter {name} of finetune_search_model.")
    _output(scope, VARIABLE, stack.to_json_string(named), "Value of the Airflow Variable of this name.")
    for name, connection in connected.items():
        _output(scope, name, stack.to_json_string(connection), f"Airflow connection {name}, as JSON.")
    _output(scope, POLICIES, ",".join(roles.airflow_policies), "For the identity of Airflow's workers.")


def parameters(
    settings: StackSettings, bucket_name: str, roles: Roles, network: Network | None, topic_arn: str
) -> dict[str, str | list[str]]:
    """What the DAG is to be given, by the names of its parameters."""
    named = {
        "bucket": bucket_name,
        "prefix": settings.prefix,
        "region": settings.region or cdk.Aws.REGION,
        "bedrock_model_id": settings.bedrock_model_id,
        "bedrock_role_arn": roles.bedrock_batch,
        "sagemaker_role_arn": roles.sagemaker,
        "connector_role_arn": roles.connector,
        "opensearch_endpoint": settings.opensearch_endpoint,
        "vpc_subnet_ids": network.subnets if network else None,
        "vpc_security_group_ids": [network.security_group] if network else None,
        "metrics_log_group": settings.metrics_log_group,
        "notify_sns_topic_arn": topic_arn,
    }
    known = parameter_schemas()
    return {name: value for name, value in named.items() if value and name in known}


def connections(settings: StackSettings, roles: Roles) -> dict[str, dict[str, Any]]:
    """Airflow connections; the one of the cluster without login, as a domain takes signed requests."""
    role = {"role_arn": roles.airflow} if roles.airflow else {}
    told: dict[str, dict[str, Any]] = {
        "aws_default": {"conn_type": "aws", "extra": {"region_name": settings.region or cdk.Aws.REGION, **role}}
    }
    if settings.opensearch_endpoint:
        told["opensearch_default"] = {"conn_type": "opensearch_ml", "host": settings.opensearch_endpoint}
    return told


def _output(scope: Construct, name: str, value: str, description: str) -> None:
    made = cdk.CfnOutput(scope, name, value=value, description=description)
    made.override_logical_id(camel_case(name))


def camel_case(name: str) -> str:
    """Names of outputs have letters and digits only.

    Example:
        >>> camel_case("bedrock_role_arn")
        'BedrockRoleArn'
    """
    return "".join(part.capitalize() for part in name.split("_"))
