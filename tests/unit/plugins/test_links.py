from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import boto3
import pytest

from opensearch_ml.links import (
    BatchJobLink,
    EndpointLink,
    OpenSearchModelLink,
    ReportLink,
    TrainingJobLink,
    TrainingLogLink,
    keep_link,
    remember_link,
    s3_link,
)
from opensearch_ml.plugin import OpenSearchMLPlugin


def shown(link: Any, operator: Any) -> str:
    return str(link.get_link(operator, ti_key=None))


def test_remembered_link_shows_what_the_operator_found_out() -> None:
    operator = SimpleNamespace()
    remember_link(operator, ReportLink, "http://s3/report.html")

    assert shown(ReportLink(), operator) == "http://s3/report.html"
    assert shown(OpenSearchModelLink(), operator) == ""  # each its own


AWS = "https://eu-west-1.console.aws.amazon.com"
LOG = "$252Faws$252Fsagemaker$252FTrainingJobs$3FlogStreamNameFilter$3Dm-run-2$252F"


@pytest.mark.parametrize(
    ("link", "url"),
    [
        pytest.param(TrainingJobLink, f"{AWS}/sagemaker/home?region=eu-west-1#/jobs/m-run-2", id="training"),
        pytest.param(
            TrainingLogLink, f"{AWS}/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/{LOG}", id="log"
        ),
        pytest.param(EndpointLink, f"{AWS}/sagemaker/home?region=eu-west-1#/endpoints/m-run-2", id="endpoint"),
        pytest.param(BatchJobLink, f"{AWS}/bedrock/home?region=eu-west-1#/batch-inference", id="batch-jobs"),
    ],
)
def test_console_link_is_shown_from_the_start_and_names_region_and_job(link: Any, url: str) -> None:
    operator, pushed = SimpleNamespace(), {}
    ti = SimpleNamespace(xcom_push=lambda key, value: pushed.update({key: value}))

    keep_link(cast("Any", {"ti": ti}), operator, link, region="eu-west-1", partition="aws", name="m-run-2")

    assert shown(link(), operator) == url
    assert pushed == {link().xcom_key: url}


@pytest.mark.parametrize(
    ("region", "partition", "host"),
    [
        ("us-gov-west-1", "aws-us-gov", "console.amazonaws-us-gov.com"),
        ("cn-north-1", "aws-cn", "console.amazonaws.cn"),
    ],
)
def test_console_link_of_another_partition(region: str, partition: str, host: str) -> None:
    assert EndpointLink.url(region, partition, "m") == f"https://{host}/sagemaker/home?region={region}#/endpoints/m"


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        pytest.param(
            None, "https://eu-west-1.console.aws.amazon.com/s3/object/b?region=eu-west-1&prefix=a/r.html", id="aws"
        ),
        pytest.param("http://127.0.0.1:4566", "http://127.0.0.1:4566/b/a/r.html", id="stand-in"),
    ],
)
def test_s3_link_is_where_a_person_can_look(endpoint: str | None, url: str) -> None:
    client = boto3.client("s3", region_name="eu-west-1", endpoint_url=endpoint)

    assert s3_link(client, "s3://b/a/r.html") == url


BASES = ("BaseOperatorLink", "RememberedLink", "ConsoleLink")


def test_plugin_registers_every_link() -> None:
    """Airflow shows only links that it knows by their class."""
    import opensearch_ml.links as module

    known = {type(link) for link in OpenSearchMLPlugin.operator_extra_links}
    defined = {
        value
        for name, value in vars(module).items()
        if isinstance(value, type) and name.endswith("Link") and name not in BASES
    }

    assert known == defined
    assert len({link.name for link in OpenSearchMLPlugin.operator_extra_links}) == len(known)
