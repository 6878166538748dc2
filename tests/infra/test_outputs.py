"""What the stack tells is what the DAG asks for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from include.parameters import parameter_schemas, read_settings
from infra.stack.outputs import CONNECTIONS, POLICIES, VARIABLE, camel_case

if TYPE_CHECKING:
    from tests.infra.template import Made

OF_A_CONNECTION = {"conn_type", "host", "port", "schema", "login", "password", "extra"}
"""What Airflow's `Connection.from_json` takes."""


def test_outputs_are_parameters_connections_the_variable_or_policies(made: Made) -> None:
    known = {camel_case(name) for name in (*parameter_schemas(), *CONNECTIONS, VARIABLE, POLICIES)}
    assert set(made.outputs) <= known


TYPED = {"index_name": "articles"}
"""All that is left to be typed."""


def test_variable_is_enough_for_a_run_but_for_the_index(made: Made) -> None:
    outputs = made.outputs
    defaults = json.loads(outputs[camel_case(VARIABLE)])

    read_settings({**TYPED, **defaults})
    assert {camel_case(name) for name in defaults} == set(outputs) & {camel_case(name) for name in parameter_schemas()}
    told = {name: ",".join(value) if isinstance(value, list) else value for name, value in defaults.items()}
    assert {name: outputs[camel_case(name)] for name in defaults} == told


def test_variable_names_the_roles_of_the_stack(largest: Made) -> None:
    settings = read_settings({**TYPED, **json.loads(largest.outputs[camel_case(VARIABLE)])})

    assert settings.run.bucket == "acme-search-models"
    assert settings.run.region == "eu-central-1"
    assert str(settings.queries.bedrock_role_arn).endswith("/BedrockBatchRole")
    assert str(settings.training.sagemaker_role_arn).endswith("/SageMakerRole")
    assert str(settings.registration.connector_role_arn).endswith("/ConnectorRole")


def test_connector_role_is_not_told_where_there_is_no_domain(smallest: Made) -> None:
    assert "ConnectorRoleArn" not in smallest.outputs


def test_connections_have_the_members_that_airflow_takes(made: Made) -> None:
    told = [json.loads(made.outputs[name]) for name in map(camel_case, CONNECTIONS) if name in made.outputs]

    assert told
    for connection in told:
        assert set(connection) <= OF_A_CONNECTION
        assert connection["conn_type"]


def test_aws_connection_assumes_the_role_that_the_stack_made(largest: Made) -> None:
    extra = json.loads(largest.outputs["AwsDefault"])["extra"]
    assert extra == {"region_name": "eu-central-1", "role_arn": "arn:aws:iam::111122223333:role/AirflowRole"}
