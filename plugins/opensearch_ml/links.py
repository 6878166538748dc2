"""Links from tasks to what they made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote, urlsplit

from airflow.sdk import BaseOperatorLink

from include.layout import split_uri

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator, Context
    from airflow.sdk.types import TaskInstanceKey


CONSOLES = {"aws-cn": "console.amazonaws.cn", "aws-us-gov": "console.amazonaws-us-gov.com"}
"""Of the partitions whose console has no host a region."""


class RememberedLink(BaseOperatorLink):
    """A link whose address the operator finds out while it runs; Airflow asks for it when the task has ended."""

    name = "Link"

    def get_link(self, operator: BaseOperator, *, ti_key: TaskInstanceKey) -> str:
        """The address that the operator remembered, or none."""
        return str(getattr(operator, _attribute(type(self)), ""))


class OpenSearchModelLink(RememberedLink):
    """To the model in the cluster."""

    name = "Model in OpenSearch"


class S3ObjectLink(RememberedLink):
    """To the object that was written."""

    name = "Object on S3"


class ReportLink(RememberedLink):
    """To the report of the run."""

    name = "Report"


class ConsoleLink(RememberedLink):
    """To a page of the AWS console, of the partition that the region lies in."""

    page: ClassVar[str]

    @classmethod
    def url(cls, region: str, partition: str = "aws", name: str = "") -> str:
        """Address of the page of what has this name."""
        return f"{_console(region, partition)}/{cls.page.format(region=region, name=quote(name))}"


class TrainingJobLink(ConsoleLink):
    """To the training job in the SageMaker console."""

    name = "Training job"
    page = "sagemaker/home?region={region}#/jobs/{name}"


class TrainingLogLink(ConsoleLink):
    """To the log of the training job in the CloudWatch console, which doubles the escapes of what is after the #."""

    name = "Training log"
    page = (
        "cloudwatch/home?region={region}#logsV2:log-groups/log-group/$252Faws$252Fsagemaker$252FTrainingJobs"
        "$3FlogStreamNameFilter$3D{name}$252F"
    )


class EndpointLink(ConsoleLink):
    """To the endpoint in the SageMaker console."""

    name = "Endpoint"
    page = "sagemaker/home?region={region}#/endpoints/{name}"


class BatchJobLink(ConsoleLink):
    """To the batch inference jobs in the Bedrock console: a list, as no address of a single job is documented."""

    name = "Batch inference jobs"
    page = "bedrock/home?region={region}#/batch-inference"


def keep_link(context: Context, operator: Any, link: type[ConsoleLink], **where: str) -> None:
    """Show the link from now on, also while the task runs; without this Airflow shows it when the task has ended."""
    url = link.url(**where)
    remember_link(operator, link, url)
    if ti := context.get("ti"):
        ti.xcom_push(key=link().xcom_key, value=url)


def remember_link(operator: Any, link: type[RememberedLink], url: str) -> None:
    """Keep the address for one of the operator's links."""
    setattr(operator, _attribute(link), url)


def s3_link(s3: Any, uri: str) -> str:
    """Where a person can look at an object: in the S3 console, or at the endpoint that the client uses instead."""
    bucket, key = split_uri(uri)
    endpoint, region = s3.meta.endpoint_url, s3.meta.region_name
    if (urlsplit(endpoint).hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix={key}"
    return f"{endpoint}/{bucket}/{key}"


def _console(region: str, partition: str) -> str:
    domain = CONSOLES.get(partition)
    return f"https://{domain}" if domain else f"https://{region}.console.aws.amazon.com"


def _attribute(link: type[RememberedLink]) -> str:
    return f"link_of_{link.__name__}"
