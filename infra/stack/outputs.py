"""What the stack tells: the DAG's parameters, the same as an Airflow Variable, and Airflow's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from constructs import Construct

if TYPE_CHECKING:
    from infra.settings import StackSettings
    from infra.stack.network import Network
    from infra.stack.roles import Roles

VARIABLE = "finetune_search_model_defaults"
CONNECTIONS = ("aws_default", "opensearch_default")
POLICIES = "airflow_policy_arns"
"""To be attached to the identity that Airflow has, where the stack makes no role for it."""


def make_outputs(
    stack: cdk.Stack, settings: StackSettings, bucket_name: str, roles: Roles, network: Network | None
) -> None:
    """Outputs in CamelCase, as CloudFormation has them, of what `parameters` and `connections` name."""
    region = settings.region or cdk.Aws.REGION
    scope = Construct(stack, "Outputs")
    named = parameters(settings, bucket_name, roles, region)
    for name, value in named.items():
        _output(scope, name, value, f"Parameter {name} of finetune_search_model.")
    _output(scope, VARIABLE, stack.to_json_string(named), "Value of the Airflow Variable of this name.")
    for name, connection in connections(settings, roles, region).items():
        _output(scope, name, stack.to_json_string(connection), f"Airflow connection {name}, as JSON.")
    _output(scope, POLICIES, ",".join(roles.airflow_policies), "For the identity of Airflow's workers.")


def parameters(settings: StackSettings, bucket_name: str, roles: Roles, region: str) -> dict[str, str]:
    """What the DAG is to be given, by the names of its parameters."""
    named = {
        "bucket": bucket_name,
        "prefix": settings.prefix,
        "region": region,
        "bedrock_model_id": settings.bedrock_model_id,
        "bedrock_role_arn": roles.bedrock_batch,
        "sagemaker_role_arn": roles.sagemaker,
        "connector_role_arn": roles.connector,
        "opensearch_endpoint": settings.opensearch_endpoint,
    }
    return {name: value for name, value in named.items() if value}


def connections(settings: StackSettings, roles: Roles, region: str) -> dict[str, dict[str, Any]]:
    """Airflow connections; the one of the cluster without login, as a domain takes signed requests."""
    role = {"role_arn": roles.airflow} if roles.airflow else {}
    aws = {"conn_type": "aws", "extra": {"region_name": region, **role}}
    if not settings.opensearch_endpoint:
        return {"aws_default": aws}
    return {
        "aws_default": aws,
        "opensearch_default": {"conn_type": "opensearch_ml", "host": settings.opensearch_endpoint},
    }


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
