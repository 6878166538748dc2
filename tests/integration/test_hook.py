"""The hook's calls to ML Commons against the gateway: each may be made again and finds what is there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.registry.connector import connector_body, invocation_url
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.sensors.model import OpenSearchModelSensor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RUNTIME = "https://runtime.sagemaker.us-east-1.amazonaws.com"
KEYS = {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"}


@pytest.fixture(scope="module")
def hook(ml_commons_url: str) -> OpenSearchMLHook:
    return OpenSearchMLHook("local_cluster", ml_commons_url, None, "us-east-1")


@pytest.fixture
def body(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Body of a connector that no other test creates; nobody answers at its URL."""
    name = request.node.name.replace("_", "-")[:60]
    return connector_body(name, invocation_url(RUNTIME, name), "us-east-1", KEYS)


@pytest.fixture
def make_model(hook: OpenSearchMLHook, body: dict[str, Any]) -> Iterator[Callable[[], str]]:
    """Register the model of the test; it is removed afterwards, with its connector."""
    name = body["name"]
    connector_id = hook.ensure_connector(body)
    made: list[str] = []

    def make() -> str:
        made.append(hook.ensure_model(name, hook.ensure_model_group(name, ""), connector_id, "a model"))
        return made[-1]

    yield make
    for model_id in set(made):
        hook.remove_model(model_id)
    hook.remove_connector(connector_id)


def test_ensure_connector_twice_is_one(hook: OpenSearchMLHook, body: dict[str, Any]) -> None:
    connector_id = hook.ensure_connector(body)

    assert hook.ensure_connector(body) == connector_id
    assert hook.ensure_connector({**body, "credential": {**KEYS, "secret_key": "another"}}) == connector_id
    hook.remove_connector(connector_id)


def test_ensure_connector_changed_is_another(hook: OpenSearchMLHook, body: dict[str, Any]) -> None:
    changed = connector_body(body["name"], f"{RUNTIME}/endpoints/other/invocations", "us-east-1", KEYS)

    ids = {hook.ensure_connector(body), hook.ensure_connector(changed)}

    assert len(ids) == 2
    for connector_id in ids:
        hook.remove_connector(connector_id)


def test_ensure_connector_keeps_the_secret(hook: OpenSearchMLHook, body: dict[str, Any]) -> None:
    connector_id = hook.ensure_connector(body)

    shown = hook.conn.plugins.ml.get_connector(connector_id=connector_id)

    assert "secretexample" not in json.dumps(shown)
    assert shown["parameters"]["response_filter"] == "$.embeddings"
    hook.remove_connector(connector_id)


def test_ensure_model_group_twice_is_one_among_like_named(hook: OpenSearchMLHook) -> None:
    names = ["group-of-test", "group-of-test-2", "group of test", "test-of-group"]

    ids = [hook.ensure_model_group(name, "of a test") for name in names]

    assert len(set(ids)) == 4
    assert [hook.ensure_model_group(name, "again") for name in names] == ids
    for group_id in ids:
        hook.conn.plugins.ml.delete_model_group(model_group_id=group_id)


def test_ensure_model_group_is_found_behind_many_like_named(hook: OpenSearchMLHook) -> None:
    """All names share their words; only one page of them is looked at."""
    names = [f"many-alike-{number:03}" for number in range(120)]
    ids = [hook.ensure_model_group(name, "") for name in names]

    assert hook.ensure_model_group(names[7], "") == ids[7]
    assert hook.ensure_model_group(names[-1], "") == ids[-1]
    for group_id in ids:
        hook.conn.plugins.ml.delete_model_group(model_group_id=group_id)


def test_ensure_model_twice_is_one(hook: OpenSearchMLHook, make_model: Callable[[], str]) -> None:
    model_id = make_model()

    assert make_model() == model_id
    assert hook.model_state(model_id) == "REGISTERED"


def test_deploy_model_ends_deployed_and_may_be_asked_again(
    hook: OpenSearchMLHook, ml_commons_url: str, make_model: Callable[[], str]
) -> None:
    model_id = make_model()
    sensor = OpenSearchModelSensor(
        task_id="wait", model_id=model_id, opensearch_conn_id="local_cluster", endpoint=ml_commons_url, aws_conn_id=None
    )

    assert hook.deploy_model(model_id) in ("REGISTERED", "DEPLOYING", "DEPLOYED")
    for _ in range(100):
        if sensor.poke({}):
            break

    assert hook.model_state(model_id) == "DEPLOYED"
    assert hook.deploy_model(model_id) == "DEPLOYED"
    assert make_model() == model_id


def test_remove_model_deployed_one_is_gone_and_may_be_removed_again(
    hook: OpenSearchMLHook, make_model: Callable[[], str]
) -> None:
    from opensearchpy.exceptions import NotFoundError

    model_id = make_model()
    hook.deploy_model(model_id)

    hook.remove_model(model_id)
    hook.remove_model(model_id)

    with pytest.raises(NotFoundError):
        hook.model_state(model_id)


def test_remove_what_never_was_is_nothing(hook: OpenSearchMLHook) -> None:
    hook.remove_model("nobody-registered-this")
    hook.remove_connector("nobody-created-this")
