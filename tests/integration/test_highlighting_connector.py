"""The highlighter's connector: whatever a document holds, the endpoint reads it as it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.registry.connector import connector_body
from tests.contract.gateway.caller import Caller
from tests.contract.gateway.remote_model import ScriptedModel
from tests.contract.gateway.servers import GatewayProcess, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = {
    "plain": "A dog runs. A cat sleeps.",
    "quotes": "He said \"dog\" and \\left\\. And 'so'.",
    "lines": "A dog.\r\nA line\tand a tab.\n\nThe end.",
    "controls": "A dog\u0001with\u0008controls\u000cinside. More.",
    "template": "A dog costs ${parameters.region} and ${x}. More.",
    "json_object": '{"dog": [1, 2]}',
    "json_string": '"dog"',
    "json_list": '["dog", "cat"]',
    "emoji": "A 🚀 dog — naïve, e\u0301. 犬 dog.",
    "html": "<b>dog</b> &amp; <script>alert('x')</script>",
}
BATCH = {"cluster.search.enabled_system_generated_factories": ["semantic-highlighter"]}


@pytest.fixture(scope="module")
def remote() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    model.start()
    yield model
    model.stop()


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.up()
    with GatewayProcess(stack.url, tmp_path_factory.mktemp("node") / "node") as process:
        process.wait()
        with Caller(process.url) as caller:
            caller.put_settings(trusted_connector_endpoints_regex=["^.*$"], connector__private_ip_enabled=True)
            caller.ask("PUT", "/_cluster/settings", {"persistent": BATCH})
            assert not caller.bulk("/texts/_bulk?refresh=true", TEXTS)["errors"]
            yield caller
    stack.down("--purge")


@pytest.fixture(scope="module")
def model_id(caller: Caller, remote: ScriptedModel) -> str:
    keys = {"access_key": "AKIDEXAMPLE", "secret_key": "secretexample"}
    body = connector_body("h", f"http://{remote.address}/hl", "eu-central-1", keys, "highlighter")
    connector_id = caller.ask("POST", "/_plugins/_ml/connectors/_create", body)["connector_id"]
    model = {"name": "h", "function_name": "remote", "connector_id": connector_id}
    found = str(caller.ask("POST", "/_plugins/_ml/models/_register?deploy=true", model)["model_id"])
    caller.until_deployed(found)
    return found


def search(caller: Caller, model_id: str, **options: Any) -> list[dict[str, Any]]:
    body = {
        "size": len(TEXTS),
        "query": {"match": {"text": "dog"}},
        "highlight": {"fields": {"text": {"type": "semantic"}}, "options": {"model_id": model_id, **options}},
    }
    hits: list[dict[str, Any]] = caller.ask("POST", "/texts/_search", body)["hits"]["hits"]
    return hits


def as_read(text: str) -> str:
    """What the endpoint may see instead of a text: of the same length, so that offsets hold."""
    spaced = "".join(character if character in "\r\n\t" or character >= " " else " " for character in text)
    return spaced.replace("${", "$(")


def test_single_search_every_text_reaches_the_endpoint_as_it_stands(
    caller: Caller, remote: ScriptedModel, model_id: str
) -> None:
    remote.drain()

    hits = search(caller, model_id)

    received = [json.loads(call["body"]) for call in remote.drain()]
    assert {hit["_id"] for hit in hits} == set(TEXTS)
    assert sorted(body["context"].removesuffix("\u200b") for body in received) == sorted(map(as_read, TEXTS.values()))
    assert {body["question"].removesuffix("\u200b") for body in received} == {"dog"}
    assert all(body["inputs"] is None for body in received)


def test_batch_search_every_text_is_an_item_of_one_request(
    caller: Caller, remote: ScriptedModel, model_id: str
) -> None:
    remote.drain()

    search(caller, model_id, batch_inference=True)

    (call,) = remote.drain()
    items = json.loads(call["body"])["inputs"]
    contexts = sorted(item["context"] for item in items)
    # Batches pass the script by: here ML Commons itself fills in its own values, which no connector can prevent.
    filled = "A dog costs eu-central-1 and ${x}. More."
    assert contexts == sorted({**TEXTS, "template": filled}.values())


def test_predict_takes_a_question_and_a_context(caller: Caller, remote: ScriptedModel, model_id: str) -> None:
    remote.drain()
    parameters = {"question": 'what "is" it?', "context": TEXTS["lines"]}

    answer = caller.ask("POST", f"/_plugins/_ml/models/{model_id}/_predict", {"parameters": parameters})

    assert json.loads(remote.drain()[0]["body"]) == {**parameters, "inputs": None}
    assert "highlights" in answer["inference_results"][0]["output"][0]["dataAsMap"]
