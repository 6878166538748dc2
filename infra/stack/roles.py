"""The roles, made of the documents in infra/policies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_iam as iam

from include.requests.bedrock_models import foundation_model
from infra.policies import managed_documents, policy_document, trust_document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.settings import StackSettings

    Values = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True)
class Roles:
    """ARNs of what was made; None: not made in this deployment."""

    bedrock_batch: str
    sagemaker: str
    connector: str | None
    airflow: str | None
    airflow_policies: list[str]


def make_roles(stack: cdk.Stack, settings: StackSettings, bucket_name: str, topic_arn: str) -> Roles:
    """The roles of Bedrock, SageMaker and OpenSearch, and what Airflow may do.

    The role of OpenSearch needs a domain, the one of Airflow somebody who assumes it.
    """
    values, features = placeholder_values(settings, bucket_name, topic_arn), features_of(settings)
    batch = _role(stack, "BedrockBatchRole", ["bedrock_batch"], values, features)
    # One role for job and endpoint: the trust of both is the same.
    sagemaker = _role(stack, "SageMakerRole", ["sagemaker_training", "sagemaker_endpoint"], values, features)
    connector = None
    if settings.domain_name:
        connector = _role(stack, "ConnectorRole", ["opensearch_connector"], values, features).attr_arn
    passed = {"BedrockBatchRoleArn": batch.attr_arn, "SageMakerRoleArn": sagemaker.attr_arn}
    policies = _airflow_policies(stack, {**values, **passed, "ConnectorRoleArn": connector or ""}, features)
    airflow = _airflow_role(stack, settings, values, policies)
    return Roles(batch.attr_arn, sagemaker.attr_arn, connector, airflow, policies)


def placeholder_values(settings: StackSettings, bucket_name: str, topic_arn: str) -> Values:
    """What stands for each placeholder of the documents."""
    return {
        "Partition": cdk.Aws.PARTITION,
        "Account": cdk.Aws.ACCOUNT_ID,
        "Region": settings.region or cdk.Aws.REGION,
        "Bucket": bucket_name,
        "Prefix": settings.prefix,
        "ModelName": settings.model_names,
        "InputPrefix": settings.input_prefixes,
        "BenchmarkPrefix": settings.benchmark_prefix,
        "BedrockModelId": settings.bedrock_model_id,
        "BedrockFoundationModelId": foundation_model(settings.bedrock_model_id),
        "ImageAccount": settings.registry,
        "DomainName": settings.domain_name or "",
        "KmsKeyArn": settings.kms_key_arn or "",
        "MetricsLogGroup": settings.metrics_log_group,
        "NotifyTopicArn": topic_arn,
        "AirflowPrincipalArn": settings.airflow_principal_arns,
    }


def features_of(settings: StackSettings) -> list[str]:
    """Of the documents in `optional/`, which kinds the deployment needs."""
    used = {"kms": settings.kms_key_arn, "domain": settings.opensearch_domain_arn, "vpc": settings.vpc}
    return ["metrics", "notify", *(feature for feature, given in used.items() if given)]


def _role(
    stack: cdk.Stack, construct_id: str, documents: Sequence[str], values: Values, features: Sequence[str]
) -> iam.CfnRole:
    return iam.CfnRole(
        stack,
        construct_id,
        assume_role_policy_document=trust_document(documents[0], values),
        policies=[
            iam.CfnRole.PolicyProperty(policy_name=name, policy_document=policy_document(name, values, features))
            for name in documents
        ],
    )


def _airflow_policies(stack: cdk.Stack, values: Values, features: Sequence[str]) -> list[str]:
    documents = managed_documents(policy_document("airflow", values, features))
    return [
        iam.CfnManagedPolicy(
            stack,
            f"AirflowPolicy{number}" if number > 1 else "AirflowPolicy",
            description="What Airflow's workers do for finetune_search_model.",
            policy_document=document,
        ).ref
        for number, document in enumerate(documents, start=1)
    ]


def _airflow_role(stack: cdk.Stack, settings: StackSettings, values: Values, policies: Sequence[str]) -> str | None:
    if not settings.airflow_principal_arns:
        return None
    return iam.CfnRole(
        stack,
        "AirflowRole",
        assume_role_policy_document=trust_document("airflow", values),
        managed_policy_arns=list(policies),
        # A task may wait for a batch job for days: the connection renews its session, each an hour long.
        max_session_duration=3_600,
    ).attr_arn
