"""Semantic highlighting where nothing is recorded: what the plugin's source says, and the rules of 3.7."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.gateway.caller import Caller
from tests.contract.gateway.servers import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.gateway.remote_model import ScriptedModel
    from tests.contract.gateway.servers import Stack

SCRIPT = """
if (params.question != null && params.context != null) {
  return '{"parameters":{"question":"' + params.question + '","context":"' + params.context + '"}}';
}
throw new IllegalArgumentException("no question");
"""
PAYLOAD = (
    '{ "question": "${parameters.question:-}", "context": "${parameters.context:-}", '
    '"inputs": ${parameters.inputs:-null} }'
)
DOCUMENTS = [
    {"text": f"The dog number {number}. Other.", "c": [{"n": 1}, {"text": f"Inner dog {number}. No."}]}
    for number in range(9)
]
MAPPING = {"properties": {"text": {"type": "text"}, "c": {"type": "nested", "properties": {"text": {"type": "text"}}}}}
FACTORIES = "cluster.search.enabled_system_generated_factories"
DOG = {"match": {"text": "dog"}}


@pytest.fixture(scope="module")
def caller(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    yield from _caller(stack, tmp_path_factory)


@pytest.fixture(scope="module")
def newer(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A gateway with the rules of 3.7."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENSEARCH_BEHAVIOUR", "3.7")
        yield from _caller(stack, tmp_path_factory)


def _caller(stack: Stack, folders: pytest.TempPathFactory) -> Iterator[Caller]:
    stack.wipe()
    with GatewayProcess(stack.url, folders.mktemp("highlight") / "node") as process:
        process.wait()
        with Caller(process.url) as caller:
            _prepare(caller)
            yield caller


def _prepare(caller: Caller) -> None:
    caller.put_settings(trusted_connector_endpoints_regex=["^.*$"], connector__private_ip_enabled=True)
    caller.put_settings(only_run_on_ml_node=False)
    caller.ask("PUT", "/_cluster/settings", {"persistent": {FACTORIES: ["semantic-highlighter"]}})
    settings = {"number_of_replicas": 0, "number_of_shards": 3}
    caller.ask("PUT", "/many", {"settings": settings, "mappings": MAPPING})
    lines = [line for number, document in enumerate(DOCUMENTS) for line in ({"index": {"_id": str(number)}}, document)]
    content = "\n".join([*(json.dumps(line) for line in lines), ""])
    headers = {"Content-Type": "application/x-ndjson"}
    assert not caller.http.post("/many/_bulk?refresh=true", content=content, headers=headers).json()["errors"]


def _model(caller: Caller, remote: ScriptedModel, path: str = "/hl") -> str:
    action = {"action_type": "predict", "method": "POST", "url": f"http://{remote.address}{path}"}
    action |= {"request_body": PAYLOAD, "pre_process_function": SCRIPT}
    connector = {"name": "h", "description": "d", "version": "1", "protocol": "http", "credential": {"key": "x"}}
    created = caller.ask("POST", "/_plugins/_ml/connectors/_create", {**connector, "actions": [action]})
    model = {"name": "h", "function_name": "remote", "connector_id": created["connector_id"]}
    model_id = str(caller.ask("POST", "/_plugins/_ml/models/_register?deploy=true", model)["model_id"])
    caller.until_deployed(model_id)
    return model_id


def _search(model_id: str, query: Any = None, fields: Any = None, **options: Any) -> dict[str, Any]:
    highlight = {"fields": fields or {"text": {"type": "semantic"}}, "options": {"model_id": model_id, **options}}
    return {"size": 20, "query": query or DOG, "highlight": highlight}


def _marked(answer: dict[str, Any], field: str = "text") -> dict[str, list[str] | None]:
    return {hit["_id"]: hit.get("highlight", {}).get(field) for hit in answer["hits"]["hits"]}


def test_single_one_shard_fails_its_hits_are_missing(caller: Caller, remote: ScriptedModel) -> None:
    answer = caller.ask("POST", "/many/_search", _search(_model(caller, remote, "/hl_fail_on5")))
    shards = answer["_shards"]
    assert (shards["successful"], shards["failed"], len(shards["failures"])) == (2, 1, 1)
    assert shards["failures"][0]["reason"]["caused_by"]["type"] == "status_exception"
    assert answer["hits"]["total"]["value"] == 9
    assert "5" not in _marked(answer)
    assert all(texts is not None for texts in _marked(answer).values())


def test_batch_a_failing_call_fails_the_search(caller: Caller, remote: ScriptedModel) -> None:
    search = _search(_model(caller, remote, "/hl_fail_on5"), batch_inference=True, max_batch_size=2)
    assert caller.refused("POST", "/many/_search", search)[0] == 424


def test_single_inner_hits_are_marked(caller: Caller, remote: ScriptedModel) -> None:
    model_id = _model(caller, remote)
    inner = {"highlight": {"fields": {"c.text": {"type": "semantic"}}, "options": {"model_id": model_id}}}
    query = {"nested": {"path": "c", "query": {"match": {"c.text": "dog"}}, "inner_hits": inner}}
    answer = caller.ask("POST", "/many/_search", {"query": query, "size": 1})
    (hit,) = answer["hits"]["hits"]
    (found,) = hit["inner_hits"]["c"]["hits"]["hits"]
    assert found["highlight"] == {"c.text": [f"<em>Inner dog {hit['_id']}.</em> No."]}


def test_single_further_pages_of_a_scroll_are_marked_too(caller: Caller, remote: ScriptedModel) -> None:
    first = caller.ask("POST", "/many/_search?scroll=1m", {**_search(_model(caller, remote)), "size": 5})
    second = caller.ask("POST", "/_search/scroll", {"scroll_id": first["_scroll_id"], "scroll": "1m"})
    caller.ask("DELETE", "/_search/scroll", {"scroll_id": first["_scroll_id"]})
    both = _marked(first) | _marked(second)
    assert both == {str(number): [f"<em>The dog number {number}.</em> Other."] for number in range(9)}


def test_single_pattern_means_fields_with_words(caller: Caller, remote: ScriptedModel) -> None:
    fields = {"te*": {"type": "semantic"}}
    answer = caller.ask("POST", "/many/_search", _search(_model(caller, remote), {"term": {"_id": "3"}}, fields))
    assert _marked(answer) == {"3": None}
    answer = caller.ask("POST", "/many/_search", _search(_model(caller, remote), DOG, fields))
    assert _marked(answer)["3"] == ["<em>The dog number 3.</em> Other."]


def test_single_span_within_a_character_is_answered_in_escapes(caller: Caller, remote: ScriptedModel) -> None:
    caller.ask("PUT", "/one", {"settings": {"number_of_replicas": 0, "number_of_shards": 1}})
    caller.ask("PUT", "/one/_doc/1?refresh=true", {"text": "dog 😀"})
    response = caller.http.post("/one/_search", json=_search(_model(caller, remote)))
    assert b"<em>dog \\ud83d</em>\\ude00" in response.content
    assert _marked(response.json()) == {"1": ["<em>dog \ud83d</em>\ude00"]}


def test_search_unknown_option_of_a_field_is_refused_by_its_name(caller: Caller) -> None:
    search = _search("none", fields={"text": {"type": "semantic", "bogus": 1}})
    error = caller.http.post("/many/_search", json=search).json()["error"]
    assert error["caused_by"]["reason"].endswith("[fields] failed to parse field [text]")


def test_search_filter_path_leaves_only_what_was_asked_for(caller: Caller, remote: ScriptedModel) -> None:
    path = "/many/_search?filter_path=hits.hits.highlight"
    answer = caller.ask("POST", path, {**_search(_model(caller, remote)), "size": 1})
    assert answer == {"hits": {"hits": [{"highlight": {"text": ["<em>The dog number 5.</em> Other."]}}]}}


def test_single_alias_of_a_field_is_marked_under_the_alias(caller: Caller, remote: ScriptedModel) -> None:
    caller.ask("PUT", "/many/_mapping", {"properties": {"other": {"type": "alias", "path": "text"}}})
    fields = {"other": {"type": "semantic"}}
    answer = caller.ask("POST", "/many/_search", {**_search(_model(caller, remote), DOG, fields), "size": 1})
    assert _marked(answer, "other") == {"5": ["<em>The dog number 5.</em> Other."]}


def test_3_7_request_asks_for_batches_and_inner_hits_are_marked(newer: Caller, remote: ScriptedModel) -> None:
    model_id = _model(newer, remote)
    inner = {"highlight": {"fields": {"c.text": {"type": "semantic"}}, "options": {"model_id": model_id}}}
    query = {"nested": {"path": "c", "query": {"match": {"c.text": "dog"}}, "inner_hits": inner}}
    search = _search(model_id, query, max_inference_batch_size=4) | {"ext": {"semantic_highlighting_batch": True}}
    remote.drain()
    answer = newer.ask("POST", "/many/_search", search)
    assert [len(json.loads(call["body"])["inputs"]) for call in remote.drain()] == [4, 4, 4, 4, 2]
    for hit in answer["hits"]["hits"]:
        (found,) = hit["inner_hits"]["c"]["hits"]["hits"]
        assert hit["highlight"] == {"text": [f"<em>The dog number {hit['_id']}.</em> Other."]}
        assert found["highlight"] == {"c.text": [f"<em>Inner dog {hit['_id']}.</em> No."]}


def test_3_7_spans_out_of_order_fail_the_batch(newer: Caller, remote: ScriptedModel) -> None:
    search = _search(_model(newer, remote, "/hl_unsorted"), batch_inference=True)
    assert newer.refused("POST", "/many/_search", search) == (
        500,
        "Invalid highlight positions: highlights are not sorted by start position",
    )


def test_3_7_missing_text_is_no_failure(newer: Caller, remote: ScriptedModel) -> None:
    newer.ask("PUT", "/many/_doc/x?refresh=true", {"other": "dog"})
    search = _search(_model(newer, remote), {"bool": {"should": [DOG, {"match": {"other": "dog"}}]}})
    answer = newer.ask("POST", "/many/_search", search)
    assert answer["_shards"]["failed"] == 0
    assert _marked(answer)["x"] is None
