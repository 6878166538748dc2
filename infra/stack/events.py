"""Rules that tell the topic of jobs and endpoints that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from aws_cdk import aws_events as events

if TYPE_CHECKING:
    import aws_cdk as cdk

    from infra.settings import StackSettings


class Failure(NamedTuple):
    """Which events of a service are failures, and where they carry name and state."""

    construct_id: str
    what: str
    source: str
    detail_type: str
    name: str
    state: str
    states: list[str]


FAILURES = (
    Failure(
        "TrainingFailed",
        "Training job",
        "aws.sagemaker",
        "SageMaker Training Job State Change",
        "TrainingJobName",
        "TrainingJobStatus",
        ["Failed"],
    ),
    Failure(
        "EndpointFailed",
        "Endpoint",
        "aws.sagemaker",
        "SageMaker Endpoint State Change",
        "EndpointName",
        "EndpointStatus",
        # The event writes states unlike the API (IN_SERVICE); both are taken.
        ["FAILED", "Failed", "UPDATE_ROLLBACK_FAILED", "UpdateRollbackFailed"],
    ),
    Failure(
        "BatchJobFailed",
        "Bedrock batch job",
        "aws.bedrock",
        "Batch Inference Job State Change",
        "batchJobName",
        "status",
        ["Failed", "Expired", "PartiallyCompleted"],
    ),
)


def make_rules(stack: cdk.Stack, settings: StackSettings, topic_arn: str) -> None:
    """One rule a kind of failure, for jobs and endpoints whose names begin with one of the model names."""
    names = [{"wildcard": f"{name}-*"} for name in settings.model_names]
    for failure in FAILURES:
        events.CfnRule(
            stack,
            failure.construct_id,
            description=f"{failure.what} of a search model failed.",
            event_pattern={
                "source": [failure.source],
                "detail-type": [failure.detail_type],
                "detail": {failure.state: failure.states, failure.name: names},
            },
            targets=[_target(failure, topic_arn)],
        )


def _target(failure: Failure, topic_arn: str) -> events.CfnRule.TargetProperty:
    """A sentence with name and state only: a reason may quote what was being worked on."""
    return events.CfnRule.TargetProperty(
        id="Topic",
        arn=topic_arn,
        input_transformer=events.CfnRule.InputTransformerProperty(
            input_paths_map={
                "name": f"$.detail.{failure.name}",
                "state": f"$.detail.{failure.state}",
                "region": "$.region",
            },
            input_template=f'"{failure.what} <name> in <region> is <state>. The run\'s task explain_failure says why."',
        ),
    )
