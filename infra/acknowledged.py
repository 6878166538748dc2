"""Findings of cdk-nag that are as they should be, each with its own reason; any other ends the synthesis.

Almost all are wildcards in resources (AwsSolutions-IAM5). They are written here as in the documents of infra/policies:
what is not, is a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk

from infra.policies import resources_of, texts
from infra.stack.roles import features_of, placeholder_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from constructs import IConstruct

    from infra.settings import StackSettings

RUNS = "Keys of runs that are still to come: one folder a model name, and nothing beside it."
GIVEN = "Which inputs a run names is not known yet; read only, below the prefixes that the deployment gives."
NAMED_AFTER_RUNS = "Names end in the time and digest of a run that is still to come; all begin with the model's."
METRICS = (
    "PutMetricData knows no resources; the condition names SageMaker's namespaces. The same for the log-in to ECR."
)
NETWORK = "With a VPC, what describes it; that knows no resources."
INTERFACES = {
    "arn:aws:ec2:${Region}:${Account}:network-interface/*": "Interfaces that SageMaker makes for a job; ids are EC2's.",
    "arn:aws:ec2:${Region}:${Account}:subnet/*": "Which subnets is a parameter of the run, of this account's.",
    "arn:aws:ec2:${Region}:${Account}:security-group/*": "Which groups is a parameter of the run, of this account's.",
}
IMAGES = "AWS's account of images, not the customer's; which of its repositories is a parameter of the run."
PROFILES = "An inference profile calls the one model in several regions, which are AWS's choice."

WILDCARDS: dict[str, dict[str, str]] = {
    "bedrock_batch": {
        "arn:aws:s3:::${Bucket}/${Prefix}/${ModelName}/*/bedrock-input/*": f"{RUNS} Of each only the records, to read.",
        "arn:aws:s3:::${Bucket}/${Prefix}/${ModelName}/*/bedrock-output/*": f"{RUNS} Of each only answers, to write.",
        "arn:aws:bedrock:*::foundation-model/${BedrockFoundationModelId}": PROFILES,
    },
    "sagemaker_training": {
        "arn:aws:s3:::${Bucket}/${Prefix}/${ModelName}/*": f"{RUNS} Channels are several of a run's folders, to read.",
        "arn:aws:s3:::${Bucket}/${Prefix}/${ModelName}/*/model-artifacts/checkpoints/*": (
            f"{RUNS} Of each only the checkpoints, which SageMaker deletes as the container does."
        ),
        "arn:aws:s3:::${Bucket}/${InputPrefix}*": f"{GIVEN} A base model may lie there.",
        "arn:aws:s3:::${Bucket}/${Prefix}/${ModelName}/*/model-artifacts/*": f"{RUNS} The one folder that it writes.",
        "arn:aws:logs:${Region}:${Account}:log-group:/aws/sagemaker/TrainingJobs:*": (
            "The group itself, as CloudWatch Logs writes it; streams are made and listed by it, not written to."
        ),
        "arn:aws:logs:${Region}:${Account}:log-group:/aws/sagemaker/TrainingJobs:log-stream:${ModelName}-*": (
            "Streams are named after the job and its host."
        ),
        "*": f"{METRICS} {NETWORK}",
        "arn:aws:ecr:${Region}:${ImageAccount}:repository/*": IMAGES,
        **INTERFACES,
    },
    "sagemaker_endpoint": {
        "arn:aws:s3:::${Bucket}/${Prefix}/${ModelName}/*/model-artifacts/*": f"{RUNS} The archives, to read.",
        "arn:aws:logs:${Region}:${Account}:log-group:/aws/sagemaker/Endpoints/${ModelName}-*": NAMED_AFTER_RUNS,
        "arn:aws:logs:${Region}:${Account}:log-group:/aws/sagemaker/Endpoints/${ModelName}-*:log-stream:*": (
            "Streams are named after instances."
        ),
        "*": f"{METRICS} {NETWORK}",
        "arn:aws:ecr:${Region}:${ImageAccount}:repository/*": IMAGES,
        **INTERFACES,
    },
    "opensearch_connector": {
        "arn:aws:sagemaker:${Region}:${Account}:endpoint/${ModelName}-*": NAMED_AFTER_RUNS,
    },
    "airflow": {
        "arn:aws:s3:::${Bucket}/${InputPrefix}*": GIVEN,
        "arn:aws:s3:::${Bucket}/${Prefix}/${ModelName}/*": f"{RUNS} Its own, to keep.",
        "arn:aws:s3:::${Bucket}/${BenchmarkPrefix}/*": "Keys of benchmarks that are still to come.",
        "arn:aws:s3:::${Bucket}/${Prefix}/cleanup/*": "Pages of the cleanup, named after the time.",
        "arn:aws:bedrock:*::foundation-model/${BedrockFoundationModelId}": PROFILES,
        "arn:aws:bedrock:${Region}:${Account}:model-invocation-job/*": "Ids are Bedrock's own: no pattern tells whose.",
        "arn:aws:sagemaker:${Region}:${Account}:training-job/${ModelName}-*": NAMED_AFTER_RUNS,
        "arn:aws:sagemaker:${Region}:${Account}:model/${ModelName}-*": NAMED_AFTER_RUNS,
        "arn:aws:sagemaker:${Region}:${Account}:endpoint-config/${ModelName}-*": NAMED_AFTER_RUNS,
        "arn:aws:sagemaker:${Region}:${Account}:endpoint/${ModelName}-*": NAMED_AFTER_RUNS,
        "arn:aws:application-autoscaling:${Region}:${Account}:scalable-target/*": (
            "Ids are Application Auto Scaling's own; a condition names SageMaker's endpoints."
        ),
        "arn:aws:cloudwatch:${Region}:${Account}:alarm:TargetTracking-endpoint/${ModelName}-*": NAMED_AFTER_RUNS,
        "*": "Lists of jobs, models and endpoints know no resources; they tell names.",
        "arn:aws:logs:${Region}:${Account}:log-group:/aws/sagemaker/TrainingJobs:*": "Streams are named after jobs.",
        "arn:aws:logs:${Region}:${Account}:log-group:${MetricsLogGroup}:*": "Streams of the one group of metrics.",
        "arn:aws:es:${Region}:${Account}:domain/${DomainName}/*": (
            "Paths of requests; which of them is the business of the role inside OpenSearch."
        ),
    },
}
"""By role and resource, why it has a wildcard."""

HOLDERS = {
    "BedrockBatchRole": ("bedrock_batch",),
    "SageMakerRole": ("sagemaker_training", "sagemaker_endpoint"),
    "ConnectorRole": ("opensearch_connector",),
    "AirflowPolicy": ("airflow",),
}
"""Which constructs hold the documents of which roles."""

NO_ACCESS_LOG = (
    "Who read what is for the account's trail (CloudTrail data events) to say; -c access_log_bucket=NAME writes S3's "
    "own logs too."
)


def acknowledge_findings(stack: cdk.Stack, settings: StackSettings, bucket_name: str, topic_arn: str) -> None:
    """Acknowledge them where they are found."""
    for construct, finding, reason in _findings(stack, settings, bucket_name, topic_arn):
        acknowledgment = cdk.Acknowledgment(id=f"AwsSolutions::AwsSolutions-{finding}", reason=reason)
        cdk.Validations.of(construct).acknowledge(acknowledgment)


def _findings(
    stack: cdk.Stack, settings: StackSettings, bucket_name: str, topic_arn: str
) -> Iterator[tuple[IConstruct, str, str]]:
    if not settings.access_log_bucket:
        yield stack.node.find_child("Bucket"), "S1", NO_ACCESS_LOG
    if settings.vpc:
        yield stack.node.find_child("Vpc"), "IAM5[Resource::<FlowLog.Arn>:*]", "Streams of the flow log's own group."
    values, features = placeholder_values(settings, bucket_name, topic_arn), features_of(settings)
    for construct in stack.node.children:
        for role in HOLDERS.get(construct.node.id.rstrip("0123456789"), ()):
            for pattern in resources_of(role, features):
                reason = WILDCARDS[role].get(pattern)
                for text in texts(pattern, values) if reason else ():
                    yield construct, f"IAM5[Resource::{_shown(stack.resolve(text))}]", str(reason)


def _shown(resolved: Any) -> str:
    """A text with references as cdk-nag writes them."""
    if isinstance(resolved, str):
        return resolved
    [(function, argument)] = resolved.items()
    if function == "Fn::Join":
        return "".join(map(_shown, argument[1]))
    return f"<{argument}>" if function == "Ref" else f"<{'.'.join(argument)}>"
