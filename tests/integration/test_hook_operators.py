"""The operators of ML Commons one after the other, against the gateway; each may run again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.errors import TerminalError
from include.registry.connector import connector_body, invocation_url
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.links import OpenSearchModelLink
from opensearch_ml.operators.registry import (
    OpenSearchConnectorOperator,
    OpenSearchDeployModelOperator,
    OpenSearchModelGroupOperator,
    OpenSearchRegisterModelOperator,
)
from opensearch_ml.sensors.model import OpenSearchModelSensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME = "operators-20261121-105000-abcdef"
URL = invocation_url("https://runtime.sagemaker.us-east-1.amazonaws.com", NAME)


@pytest.fixture(scope="module", autouse=True)
def keys() -> Iterator[None]:
    """An Airflow connection with the key that the connector signs with."""
    with pytest.MonkeyPatch.context() as patch:
        key = {"conn_type": "aws", "login": "AKIDEXAMPLE", "password": "secretexample"}
        patch.setenv("AIRFLOW_CONN_SIGNING_KEY", json.dumps(key))
        yield


@pytest.fixture(scope="module")
def run(ml_commons_url: str) -> Callable[..., Any]:
    """Run an operator on the cluster; returns what it returns."""

    def execute(operator: type, **arguments: Any) -> Any:
        where = {
            "opensearch_conn_id": "local_cluster",
            "endpoint": ml_commons_url,
            "aws_conn_id": None,
            "region_name": "",
        }
        return operator(task_id="task", **where, **arguments).execute({})

    return execute


@pytest.fixture(scope="module")
def made(run: Callable[..., Any], ml_commons_url: str) -> Iterator[dict[str, str]]:
    """Connector, group and model."""
    body = connector_body(NAME, URL, "us-east-1", {})
    connector_id = run(OpenSearchConnectorOperator, body=body, role_arn="", credentials_conn_id="signing_key")
    group_id = run(OpenSearchModelGroupOperator, name="operators", description="of a test")
    ids = {"model_group_id": group_id, "connector_id": connector_id}
    model_id = run(OpenSearchRegisterModelOperator, name=NAME, description="of a test", **ids)
    yield {**ids, "model_id": model_id}
    hook = OpenSearchMLHook("local_cluster", ml_commons_url, None)
    hook.remove_model(model_id)
    hook.remove_connector(connector_id)


def test_operators_run_again_find_what_is_there(run: Callable[..., Any], made: dict[str, str]) -> None:
    body = connector_body(NAME, URL, "us-east-1", {})

    assert run(OpenSearchConnectorOperator, body=body, credentials_conn_id="signing_key") == made["connector_id"]
    assert run(OpenSearchModelGroupOperator, name="operators") == made["model_group_id"]
    ids = {name: made[name] for name in ("model_group_id", "connector_id")}
    assert run(OpenSearchRegisterModelOperator, name=NAME, **ids) == made["model_id"]


def test_deploy_operator_and_sensor_end_deployed(
    run: Callable[..., Any], ml_commons_url: str, made: dict[str, str]
) -> None:
    where = {"opensearch_conn_id": "local_cluster", "endpoint": ml_commons_url, "aws_conn_id": None}
    operator = OpenSearchDeployModelOperator(task_id="deploy", model_id=made["model_id"], **where)
    sensor = OpenSearchModelSensor(task_id="wait", model_id=made["model_id"], poke_interval=0.1, timeout=20, **where)

    assert operator.execute({}) == made["model_id"]
    sensor.execute({})

    assert operator.hook.model_state(made["model_id"]) == "DEPLOYED"
    assert OpenSearchModelLink().get_link(operator, ti_key=None) == (  # type: ignore[arg-type]
        f"{ml_commons_url}/_plugins/_ml/models/{made['model_id']}"
    )


def test_sensor_model_that_was_undeployed_says_so(ml_commons_url: str, made: dict[str, str]) -> None:
    sensor = OpenSearchModelSensor(
        task_id="wait",
        model_id=made["model_id"],
        opensearch_conn_id="local_cluster",
        endpoint=ml_commons_url,
        aws_conn_id=None,
    )
    sensor.hook.deploy_model(made["model_id"])
    while not sensor.poke({}):
        pass
    sensor.hook.conn.plugins.ml.undeploy_model(model_id=made["model_id"])

    with pytest.raises(TerminalError, match="is UNDEPLOYED instead of DEPLOYED"):
        sensor.poke({})


def test_register_operator_unknown_connector_is_refused(run: Callable[..., Any], made: dict[str, str]) -> None:
    from opensearchpy.exceptions import NotFoundError

    with pytest.raises(NotFoundError, match="Failed to find connector"):
        run(
            OpenSearchRegisterModelOperator,
            name="other",
            model_group_id=made["model_group_id"],
            connector_id="nobody-created-this",
        )
