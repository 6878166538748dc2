"""A model that is deployed in the same way already is not deployed again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.stub import Stubber

from include.reuse.deployment import as_deployed, deployment_bodies, serving_key
from include.storage import write_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from include.plan import Plan


@pytest.fixture
def sagemaker() -> Iterator[Any]:
    client = boto3.client("sagemaker", region_name="us-east-1")
    with Stubber(client) as stub:
        client.stub = stub
        yield client


def endpoint_is(sagemaker: Any, status: str | None) -> None:
    if status is None:
        sagemaker.stub.add_client_error("describe_endpoint", "ValidationException", 'Could not find endpoint "arn".')
    else:
        now = {"CreationTime": 0, "LastModifiedTime": 0, "EndpointArn": "arn:aws:sagemaker:us-east-1:1:endpoint/e"}
        sagemaker.stub.add_response("describe_endpoint", {**now, "EndpointName": "e", "EndpointStatus": status})


@pytest.fixture
def promoted(s3: Any, plan_of: Callable[..., Plan]) -> Callable[..., Plan]:
    """Promote the first run, with what is changed in its entry."""

    def promote(**changed: Any) -> Plan:
        plan = plan_of(1)
        layout = plan.layout
        entry = {
            "kind": "promotion",
            "run": plan.run,
            "endpoint_name": layout.name,
            "sha256": "ab",
            "serving": serving_key(plan),
            "folder": layout.uri(),
            **changed,
        }
        write_json(s3, f"s3://{layout.bucket}/{layout.prefix}/{layout.model_name}/promotions.json", [entry])
        write_json(s3, layout.uri("training-output/golden.json"), {})
        return plan

    return promote


def test_deployment_of_the_same_is_used_again_under_its_runs_name(
    s3: Any, sagemaker: Any, promoted: Any, plan_of: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first = promoted()
    endpoint_is(sagemaker, "InService")

    with caplog.at_level("INFO"):
        found = as_deployed(s3, sagemaker, plan_of(2), "ab")

    assert found.run == first.run
    assert f"deployment: that of run {first.run} is used again" in caplog.text
    bodies = deployment_bodies(found, "https://runtime")
    assert bodies["endpoint_request"]["EndpointName"] == first.layout.name
    assert bodies["model_request"] == first.requests()["model_request"]
    assert bodies["connector_body"]["actions"][0]["url"].endswith(f"/endpoints/{first.layout.name}/invocations")
    assert bodies["connector_body"]["credential"] == {}
    assert "another" not in json.dumps(bodies)


@pytest.mark.parametrize(
    ("entry", "changed", "status", "told"),
    [
        pytest.param({"sha256": "cd"}, {}, "-", "the model is another one", id="another-model"),
        pytest.param({}, {"endpoint_instance_count": 2}, "-", "are set otherwise", id="other-settings"),
        pytest.param({"serving": None}, {}, "-", "are set otherwise", id="promoted-before-there-was-reuse"),
        pytest.param({"folder": "s3://search-bucket/gone/"}, {}, "-", "is gone", id="folder-has-expired"),
        pytest.param({}, {}, "Failed", "is Failed", id="endpoint-failed"),
        pytest.param({}, {}, None, "is not there", id="endpoint-was-deleted"),
        pytest.param({}, {"reuse": "never"}, "-", "", id="never"),
    ],
)
def test_deployment_of_something_else_is_made_and_told_why(
    s3: Any,
    sagemaker: Any,
    promoted: Any,
    plan_of: Any,
    caplog: pytest.LogCaptureFixture,
    entry: dict[str, Any],
    changed: dict[str, Any],
    status: str | None,
    told: str,
) -> None:
    promoted(**entry)
    if status != "-":
        endpoint_is(sagemaker, status)
    second = plan_of(2, **changed)

    with caplog.at_level("INFO"):
        assert as_deployed(s3, sagemaker, second, "ab") == second

    assert told in caplog.text


def test_deployment_of_the_first_run_is_made(s3: Any, sagemaker: Any, plan_of: Any) -> None:
    plan = plan_of(1)

    assert as_deployed(s3, sagemaker, plan, "ab") == plan
