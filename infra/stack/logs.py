"""Log groups, so that logs end some day."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_logs as logs

if TYPE_CHECKING:
    from infra.settings import StackSettings

TRAINING = "/aws/sagemaker/TrainingJobs"


def make_log_groups(stack: cdk.Stack, settings: StackSettings) -> None:
    """The group of the runs' metrics, and SageMaker's group of training logs, if the account has none yet.

    The second is shared by all training jobs of the account, so it is kept when the stack is destroyed. The groups of
    endpoints are named after them and made by SageMaker: docs/aws.md has the command that limits them.
    """
    _log_group(stack, "MetricsLog", settings.metrics_log_group, settings.log_days, cdk.RemovalPolicy.DESTROY)
    if settings.training_log_group:
        _log_group(stack, "TrainingLog", TRAINING, settings.log_days, cdk.RemovalPolicy.RETAIN)


def _log_group(stack: cdk.Stack, construct_id: str, name: str, days: int, removal: cdk.RemovalPolicy) -> None:
    group = logs.CfnLogGroup(stack, construct_id, log_group_name=name, retention_in_days=days)
    group.apply_removal_policy(removal)
