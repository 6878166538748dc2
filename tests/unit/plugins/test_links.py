from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from opensearch_ml.links import (
    BatchJobLink,
    EndpointLink,
    OpenSearchModelLink,
    ReportLink,
    TrainingJobLink,
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


@pytest.mark.parametrize(
    ("link", "config", "url"),
    [
        pytest.param(
            TrainingJobLink(),
            {"TrainingJobName": "m-run"},
            "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/jobs/m-run",
            id="training",
        ),
        pytest.param(
            EndpointLink(),
            {"EndpointName": "m-run"},
            "https://eu-west-1.console.aws.amazon.com/sagemaker/home?region=eu-west-1#/endpoints/m-run",
            id="endpoint",
        ),
        pytest.param(
            BatchJobLink(),
            {},
            "https://eu-west-1.console.aws.amazon.com/bedrock/home?region=eu-west-1#/batch-inference",
            id="batch-jobs",
        ),
    ],
)
def test_console_link_names_region_and_job(link: Any, config: Any, url: str) -> None:
    assert shown(link, SimpleNamespace(region_name="eu-west-1", config=config)) == url


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


def test_plugin_registers_every_link() -> None:
    """Airflow shows only links that it knows by their class."""
    import opensearch_ml.links as module

    known = {type(link) for link in OpenSearchMLPlugin.operator_extra_links}
    defined = {
        value
        for name, value in vars(module).items()
        if isinstance(value, type) and name.endswith("Link") and name not in ("BaseOperatorLink", "RememberedLink")
    }

    assert known == defined
    assert len({link.name for link in OpenSearchMLPlugin.operator_extra_links}) == len(known)
