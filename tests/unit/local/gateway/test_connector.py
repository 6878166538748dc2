"""Reading and checking connectors."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway import connector
from local.gateway.errors import OpenSearchError

ACTION = {"action_type": "predict", "method": "POST", "url": "http://${parameters.host}/x"}


def _connector(**changed: Any) -> dict[str, Any]:
    body = {"name": "c", "version": 1, "protocol": "http", "credential": {"key": "k"}, "actions": [ACTION]}
    return {name: value for name, value in {**body, **changed}.items() if value is not None}


def test_parsed_numbers_become_texts_and_unknown_fields_vanish() -> None:
    parsed = connector.parsed(_connector(parameters={"n": 1, "list": ["a"], "text": "t"}, foo="bar"))
    assert parsed["version"] == "1"
    assert parsed["parameters"] == {"n": "1", "list": '["a"]', "text": "t"}
    assert "foo" not in parsed


def test_parsed_client_config_is_filled_up_with_defaults() -> None:
    config = connector.parsed(_connector(client_config={"read_timeout": 2, "bogus": 1}))["client_config"]
    assert config == {**connector.CLIENT_CONFIG, "read_timeout": 2}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"actions": [{**ACTION, "action_type": "foo"}]}, "ActionType.FOO"),
        ({"actions": [{"method": "POST", "url": "u"}]}, "action type can't be null"),
        ({"client_config": {"retry_backoff_policy": "weird"}}, "Unsupported retry backoff policy"),
        ({"access_mode": "private"}, "You cannot specify connector access control parameters"),
    ],
)
def test_parsed_wrong_part_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        connector.parsed(_connector(**changed))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"name": None}, "Connector name is null"),
        ({"credential": {}}, "Connector credential is null or empty list"),
        ({"protocol": "ftp"}, "Can't find class for type ftp"),
        ({"protocol": "aws_sigv4"}, "Missing credential"),
        ({"protocol": "aws_sigv4", "credential": {"roleArn": "arn"}}, "Missing credential"),
        ({"protocol": "aws_sigv4", "credential": {"access_key": "a", "secret_key": "s"}}, "Missing service name"),
    ],
)
def test_check_complete_lacking_part_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        connector.check_complete(connector.parsed(_connector(**changed)))


def test_urls_parameters_are_filled_in() -> None:
    assert connector.urls(connector.parsed(_connector(parameters={"host": "h"}))) == ["http://h/x"]


def test_public_credential_is_never_shown() -> None:
    assert "credential" not in connector.public(_connector())
