"""What the stack is told, by CDK context: `-c name=value`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from include.errors import TO_DO as IN_THE_FORM
from include.errors import TerminalError, unknown_value
from include.requests.images import registry_account
from include.settings import BucketName, ClusterUrl, KeyPrefix, Region
from include.settings.base import LogGroup

if TYPE_CHECKING:
    from collections.abc import Mapping

TO_DO = "Correct it in -c name=value, or in the context of cdk.json."
_OF_CDK = ("@", "aws:", "aws-cdk:", "cdk-")
"""How the names begin that CDK itself keeps in its context."""


def _listed(value: Any) -> Any:
    """Command lines give `a,b`, cdk.json a list."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _arn(service: str, resource: str) -> Any:
    return StringConstraints(pattern=rf"^arn:aws[a-z-]*:{service}:[a-z0-9-]*:[0-9]{{12}}:{resource}$")


_PART = r"(\*|\*?[a-z0-9]+(\*[a-z0-9]+)*\*?)"
"""Of a name, between two hyphens; EventBridge takes no `**`."""
NamePattern = Annotated[str, StringConstraints(pattern=rf"^{_PART}(-{_PART})*$", max_length=32)]
Names = Annotated[tuple[NamePattern, ...], BeforeValidator(_listed), Field(min_length=1)]
Prefixes = Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)]
PrincipalArn = Annotated[str, _arn("iam", "(role|user)/.+")]
Principals = Annotated[tuple[PrincipalArn, ...], BeforeValidator(_listed)]


_OF_THE_REGION = ("opensearch_domain_arn", "kms_key_arn", "alarm_topic_arn")
"""What roles, bucket, alarms and rules can use in their own region only."""
RetentionDays = Literal[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653
]


class StackSettings(BaseModel):
    """The choices of one deployment; all have a default.

    Attributes:
        region: where it is deployed. Empty: the one of the AWS profile; needed in regions with a registry of their own.
        bucket: name of the bucket that is made. Empty: CloudFormation makes one up.
        prefix: as the DAG's parameter.
        model_names: values of `model_name` that the roles are for; `*` stands for any text, as in `search-*`.
        input_prefixes: beginnings of the keys that are only read: corpus, judged queries, pairs, models, wheels.
        benchmark_prefix: parameter `prefix` of the DAG `benchmark_highlighting`.
        bedrock_model_id: as the DAG's parameter, but an id: of a model, or of a geography's inference profile
            (`eu.amazon.nova-lite-v1:0`), whose model the roles may call in all its regions.
        image_account: account of the containers' registry. Empty: AWS's own.
        kms_key_arn: key of the bucket. Empty: SSE-S3.
        access_log_bucket: bucket that takes S3's access logs. Empty: none are written.
        intermediate_days: after so many days, texts and checkpoints that a run has left are removed; 0: never.
        noncurrent_days: so long a replaced or removed object can be got back.
        metrics_log_group: log group that is made for what runs measure; a second stack in the region needs another.
        log_days: retention of logs; one of CloudWatch's values.
        training_log_group: whether the stack makes `/aws/sagemaker/TrainingJobs`, which an account has once.
        airflow_principal_arns: roles or users that may assume the role for Airflow. Empty: no such role, only a policy
            to attach to the identity that Airflow has.
        opensearch_domain_arn: the domain on Amazon OpenSearch Service. Empty: a self-managed cluster.
        opensearch_endpoint: as the DAG's parameter.
        alarm_topic_arn: SNS topic that is told of alarms. Empty: the stack makes one.
        alarm_email: subscribes to the stack's own topic.
        max_latency_ms: alarm when the slowest answer of an endpoint takes longer in three of five minutes.
        max_errors: alarm when an endpoint answers more requests with 5xx within five minutes.
        max_invocations_per_minute: alarm when an endpoint is asked more often, three minutes long.
        monthly_budget_usd: of SageMaker and Bedrock in the account. Empty: no budget.
        vpc: whether a VPC without a way to the internet is made for jobs and endpoints.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    region: Region | None = None
    bucket: BucketName | None = None
    prefix: KeyPrefix = "search-models"
    model_names: Names = ("search-model",)
    input_prefixes: Prefixes = ("inputs/",)
    benchmark_prefix: KeyPrefix = "highlighting-benchmarks"
    bedrock_model_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9.:_-]+$")] = "amazon.nova-lite-v1:0"
    image_account: Annotated[str, StringConstraints(pattern=r"^[0-9]{12}$")] | None = None
    kms_key_arn: Annotated[str, _arn("kms", "key/.+")] | None = None
    access_log_bucket: BucketName | None = None
    intermediate_days: int = Field(90, ge=0, le=3_650)
    noncurrent_days: int = Field(30, ge=1, le=3_650)
    metrics_log_group: LogGroup = "/opensearch-ml-finetuning/metrics"
    log_days: Annotated[RetentionDays, BeforeValidator(_number)] = 90
    training_log_group: bool = True
    airflow_principal_arns: Principals = ()
    opensearch_domain_arn: Annotated[str, _arn("es", "domain/[a-z0-9-]+")] | None = None
    opensearch_endpoint: ClusterUrl | None = None
    alarm_topic_arn: Annotated[str, _arn("sns", "[A-Za-z0-9_-]+")] | None = None
    alarm_email: Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+$")] | None = None
    max_latency_ms: float = Field(1_000, gt=0)
    max_errors: int = Field(5, ge=0)
    max_invocations_per_minute: int = Field(3_000, ge=1)
    monthly_budget_usd: float | None = Field(None, gt=0)
    vpc: bool = False

    @model_validator(mode="after")
    def _fits_together(self) -> StackSettings:
        if self.alarm_topic_arn and self.alarm_email:
            raise ValueError("alarm_email subscribes to the stack's own topic; subscribe to alarm_topic_arn yourself")
        for name in _OF_THE_REGION:
            arn = getattr(self, name)
            if self.region and arn and arn.split(":")[3] != self.region:
                raise ValueError(f"{name} is not in region {self.region!r}, where the stack will be")
        return self

    @property
    def domain_name(self) -> str | None:
        """Of the domain on Amazon OpenSearch Service."""
        return self.opensearch_domain_arn.rpartition("/")[2] if self.opensearch_domain_arn else None

    @property
    def registry(self) -> str:
        """Account of the containers' registry."""
        return self.image_account or registry_account(self.region or "")


def read_context(context: Mapping[str, Any]) -> StackSettings:
    """The settings that a CDK context means; what CDK keeps there for itself is left out.

    Raises:
        TerminalError: unknown names and wrong values, all in one message.
    """
    given = {name: value for name, value in context.items() if not name.startswith(_OF_CDK) and value != ""}
    problems = [_unknown(name) for name in given if name not in _NAMES]
    try:
        settings = StackSettings.model_validate({name: given[name] for name in given if name in _NAMES})
    except ValidationError as error:
        problems += [_sentence(detail) for detail in error.errors()]
    if problems:
        raise TerminalError("\n".join(problems))
    return settings


_NAMES = frozenset(StackSettings.model_fields)


def _unknown(name: str) -> str:
    return unknown_value("A name of the context", name, StackSettings.model_fields).replace(IN_THE_FORM, TO_DO)


def _sentence(detail: Any) -> str:
    name = ".".join(map(str, detail["loc"][:1])) or "The context"
    return f"{name} is {detail['input']!r}: {detail['msg']}. {TO_DO}" if detail["loc"] else f"{detail['msg']}. {TO_DO}"
