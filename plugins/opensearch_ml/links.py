"""Links from tasks to what they made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from airflow.sdk import BaseOperatorLink

from include.layout import split_uri

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


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


class TrainingJobLink(BaseOperatorLink):
    """To the training job in the SageMaker console."""

    name = "Training job"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """The console's page of the job that the operator started."""
        return _sagemaker_page(operator.region_name, "jobs", operator.config["TrainingJobName"])


class EndpointLink(BaseOperatorLink):
    """To the endpoint in the SageMaker console."""

    name = "Endpoint"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """The console's page of the endpoint that the operator created."""
        return _sagemaker_page(operator.region_name, "endpoints", operator.config["EndpointName"])


class BatchJobLink(BaseOperatorLink):
    """To the batch inference jobs in the Bedrock console."""

    name = "Batch inference jobs"

    def get_link(self, operator: Any, *, ti_key: TaskInstanceKey) -> str:
        """The console's list, which has no page a job that could be linked."""
        region = operator.region_name
        return f"https://{region}.console.aws.amazon.com/bedrock/home?region={region}#/batch-inference"


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


def _sagemaker_page(region: str, kind: str, name: str) -> str:
    return f"https://{region}.console.aws.amazon.com/sagemaker/home?region={region}#/{kind}/{name}"


def _attribute(link: type[RememberedLink]) -> str:
    return f"link_of_{link.__name__}"
