"""Reading and checking connectors."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.gateway import connector, xcontent
from local.gateway.errors import OpenSearchError

ACTION = {"action_type": "predict", "method": "POST", "url": "http://${parameters.host}/x"}


def _connector(**changed: Any) -> dict[str, Any]:
    body = {"name": "c", "version": 1, "protocol": "http", "credential": {"key": "k"}, "actions": [ACTION]}
    return {name: value for name, value in {**body, **changed}.items() if value is not None}


def _parsed(**changed: Any) -> dict[str, Any]:
    return connector.parsed(xcontent.parse(json.dumps(_connector(**changed))))


def test_parsed_numbers_become_texts_and_unknown_fields_vanish() -> None:
    parsed = _parsed(parameters={"n": 1, "list": ["a"], "text": "t"}, foo="bar")
    assert parsed["version"] == "1"
    assert parsed["parameters"] == {"n": "1", "list": '["a"]', "text": "t"}
    assert "foo" not in parsed


def test_parsed_client_config_is_filled_up_with_defaults() -> None:
    config = _parsed(client_config={"read_timeout": 2, "bogus": 1})["client_config"]
    assert config == {**connector.CLIENT_CONFIG, "read_timeout": 2}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"actions": [{**ACTION, "action_type": "foo"}]}, "ActionType.FOO"),
        ({"actions": [{"method": "POST", "url": "u"}]}, "action type can't be null"),
        ({"client_config": {"retry_backoff_policy": "weird"}}, "Unsupported retry backoff policy"),
        ({"name": {"a": 1}}, "Can't get text on a START_OBJECT at 1:10"),
        ({"credential": {"key": ["k"]}}, "Can't get text on a START_ARRAY"),
        ({"actions": {"url": "u"}}, "expecting token of type .START_ARRAY. but found .START_OBJECT."),
        ({"client_config": {"read_timeout": "long"}}, 'For input string: "long"'),
        ({"client_config": {"read_timeout": True}}, "Current token .VALUE_TRUE. not numeric"),
    ],
)
def test_parsed_wrong_part_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        _parsed(**changed)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"name": None}, "Connector name is null"),
        ({"credential": {}}, "Connector credential is null or empty list"),
        ({"protocol": "mcp_sse"}, "MCP Connector url is null or blank"),
    ],
)
def test_check_complete_lacking_part_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        connector.check_complete(_parsed(**changed))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"protocol": "ftp"}, "Can't find class for type ftp"),
        ({"protocol": "aws_sigv4"}, "Missing credential"),
        ({"protocol": "aws_sigv4", "credential": {"roleArn": "arn"}}, "Missing credential"),
        ({"protocol": "aws_sigv4", "credential": {"access_key": "a", "secret_key": "s"}}, "Missing service name"),
    ],
)
def test_check_protocol_unknown_or_incomplete_one_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        connector.check_protocol(_parsed(**changed))


@pytest.mark.parametrize(
    ("fields", "answer"),
    [
        ({"access_mode": "private"}, True),
        ({"access_mode": "PRIVATE"}, False),
        ({"add_all_backend_roles": False}, True),
        ({"backend_roles": []}, False),
    ],
)
def test_sets_access_only_known_modes_count(fields: dict[str, Any], answer: bool) -> None:
    assert connector.sets_access(_parsed(**fields)) is answer


def test_stored_access_mode_of_an_update_is_kept_as_access() -> None:
    assert connector.stored({"name": "c", "access_mode": "public", "dry_run": False}) == {
        "name": "c",
        "access": "public",
    }


def test_inline_wrong_kind_leaves_no_connector() -> None:
    assert connector.inline(xcontent.parse(json.dumps(_connector(actions=["x"])))) is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"protocol": None}, "connector protocol is null"),
        ({"protocol": "ftp"}, "Can't find class for type ftp"),
        ({"actions": [{"method": "POST", "url": "u"}]}, "action type can't be null"),
    ],
)
def test_inline_wrong_argument_is_refused(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        connector.inline(xcontent.parse(json.dumps(_connector(**changed))))


def test_urls_parameters_are_filled_in() -> None:
    assert connector.urls(_parsed(parameters={"host": "h"})) == ["http://h/x"]


def test_public_credential_is_never_shown() -> None:
    assert "credential" not in connector.public(_connector())
