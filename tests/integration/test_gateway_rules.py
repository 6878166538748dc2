"""Rules of ML Commons that no recording shows: read in its source (3.4.0.0), held here against a real OpenSearch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.gateway.caller import Caller
from tests.contract.gateway.remote_model import ScriptedModel
from tests.contract.gateway.servers import GatewayProcess, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator

ML = "/_plugins/_ml"
UNSAFE = "can only contain letters, numbers, spaces, and basic punctuation (.,!?():@-_'/\")"
JSON = {"Content-Type": "application/json"}
WHOLE = {"version": 1, "protocol": "http", "credential": {"key": "k"}}


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
            yield caller
    stack.down("--purge")


def connector(remote: ScriptedModel, path: str = "/echo", **action: Any) -> dict[str, Any]:
    action = {
        "action_type": "predict",
        "method": "POST",
        "url": f"http://{remote.address}{path}",
        "request_body": '{ "input": "${parameters.input}" }',
        **action,
    }
    return {"name": "c", **WHOLE, "actions": [action]}


def created(caller: Caller, body: dict[str, Any]) -> str:
    return str(caller.ask("POST", f"{ML}/connectors/_create", body)["connector_id"])


def registered(caller: Caller, connector_id: str, **fields: Any) -> str:
    model = {"name": "m", "function_name": "remote", "connector_id": connector_id, **fields}
    return str(caller.ask("POST", f"{ML}/models/_register", model)["model_id"])


def predicted(caller: Caller, model_id: str, body: dict[str, Any], algorithm: str = "remote") -> Any:
    return caller.ask("POST", f"{ML}/_predict/{algorithm}/{model_id}", body)["inference_results"]


@pytest.mark.parametrize(
    ("method", "path", "body", "label"),
    [
        ("POST", "connectors/_create", {**WHOLE, "name": "a&b"}, "connector name"),
        ("PUT", "connectors/nope", {"description": "<b>"}, "connector description"),
        ("POST", "model_groups/_register", {"name": "a;b"}, "group name"),
        ("PUT", "model_groups/nope", {"name": "100 %"}, "group name"),
        ("POST", "models/_register", {"name": "a#b", "function_name": "remote"}, "name"),
        ("PUT", "models/nope", {"description": "a+b"}, "Description"),
    ],
)
def test_name_other_characters_are_refused(
    caller: Caller, method: str, path: str, body: dict[str, Any], label: str
) -> None:
    assert caller.refused(method, f"{ML}/{path}", body) == (400, f"Validation Failed: 1: Model {label} {UNSAFE};")


def test_create_wrong_kind_is_500_in_a_creation_and_400_in_an_update(caller: Caller, remote: ScriptedModel) -> None:
    connector_id = created(caller, connector(remote))
    assert caller.refused("POST", f"{ML}/connectors/_create", {"name": None})[0] == 500
    status, reason = caller.refused("PUT", f"{ML}/connectors/{connector_id}", {"name": None})
    assert (status, reason) == (400, "Can't get text on a VALUE_NULL at 1:9")


def test_create_access_control_is_refused_last(caller: Caller, remote: ScriptedModel) -> None:
    asked = {**connector(remote), "access_mode": "private"}
    assert caller.refused("POST", f"{ML}/connectors/_create", {**asked, "protocol": "ftp"})[1].endswith("type ftp")
    assert "access control parameters" in caller.refused("POST", f"{ML}/connectors/_create", asked)[1]


def test_update_connector_access_mode_is_kept(caller: Caller, remote: ScriptedModel) -> None:
    connector_id = created(caller, connector(remote))
    caller.ask("PUT", f"{ML}/connectors/{connector_id}", {"access_mode": "public"})
    assert caller.ask("GET", f"{ML}/connectors/{connector_id}")["access"] == "public"


def test_update_connector_protocol_that_is_none_makes_it_unreadable(caller: Caller, remote: ScriptedModel) -> None:
    connector_id = created(caller, connector(remote))
    caller.ask("PUT", f"{ML}/connectors/{connector_id}", {"protocol": "ftp"})
    refused = (400, "Can't find class for type ftp")
    assert caller.refused("GET", f"{ML}/connectors/{connector_id}") == refused
    model = {"name": "m", "function_name": "remote", "connector_id": connector_id}
    assert caller.refused("POST", f"{ML}/models/_register", model) == refused


@pytest.mark.parametrize(
    ("resource", "status", "reason"),
    [
        ("model_groups", 500, "Model group request has empty body"),
        ("models", 400, "Update model request has empty body"),
        ("connectors", 400, "Failed to update connector: Request body is empty"),
    ],
)
def test_update_without_body_is_refused(caller: Caller, resource: str, status: int, reason: str) -> None:
    assert caller.refused("PUT", f"{ML}/{resource}/nope") == (status, reason)


def test_register_interface_connector_is_not_looked_at(caller: Caller) -> None:
    model_id = registered(caller, "nope", interface={"input": {"type": "object"}, "other": 1})
    shown = caller.ask("GET", f"{ML}/models/{model_id}")
    assert shown["interface"] == {"input": '{"type":"object"}'}


def test_register_new_group_access_mode_is_refused(caller: Caller, remote: ScriptedModel) -> None:
    model = {"name": "with mode", "function_name": "remote", "connector_id": created(caller, connector(remote))}
    status, reason = caller.refused("POST", f"{ML}/models/_register", {**model, "access_mode": "public"})
    assert (status, "model access control parameters" in reason) == (400, True)


def test_predict_wrong_request_is_404_until_the_model_is_served(caller: Caller, remote: ScriptedModel) -> None:
    model_id = registered(caller, created(caller, connector(remote)))
    path = f"{ML}/_predict/text_embedding/{model_id}"
    assert caller.refused("POST", path, {"text_docs": []}) == (404, "Empty text docs")
    assert caller.refused("POST", f"{ML}/models/{model_id}/_predict") == (404, "request body is required")
    predicted(caller, model_id, {"parameters": {"input": "x"}})
    assert caller.refused("POST", path, {"text_docs": []}) == (400, "Empty text docs")


def test_predict_function_without_data_is_refused(caller: Caller, remote: ScriptedModel) -> None:
    model_id = registered(caller, created(caller, connector(remote)))
    status, reason = caller.refused("POST", f"{ML}/_predict/kmeans/{model_id}", {"parameters": {}})
    assert (status, reason) == (400, "Validation Failed: 1: input data can't be null;")


def test_predict_other_action_is_missing(caller: Caller, remote: ScriptedModel) -> None:
    model_id = registered(caller, created(caller, connector(remote)))
    path = f"{ML}/models/{model_id}"
    asked = {"parameters": {"input": "x"}, "action_type": "execute"}
    assert caller.refused("POST", f"{path}/_predict", asked) == (400, "no EXECUTE action found")
    assert caller.refused("POST", f"{path}/_batch_predict", {"parameters": {}}) == (
        400,
        "no BATCH_PREDICT action found",
    )


def test_predict_disabled_model_is_refused_once_it_is_served(caller: Caller, remote: ScriptedModel) -> None:
    model_id = registered(caller, created(caller, connector(remote)), is_enabled=False)
    body = {"parameters": {"input": "x"}}
    predicted(caller, model_id, body)
    assert caller.refused("POST", f"{ML}/models/{model_id}/_predict", body) == (403, "Model is disabled.")


def test_predict_script_sees_the_texts_inside_quotes(caller: Caller, remote: ScriptedModel) -> None:
    script = (
        "return '{\"parameters\": {\"input\": \"' + params.algorithm + ' ' + params.query_text + ' ' "
        "+ params.text_docs[0] + '\"}}';"
    )
    model_id = registered(caller, created(caller, connector(remote, pre_process_function=script)))
    body = {"query_text": 'a "q"', "text_docs": ["b\n"]}
    found = predicted(caller, model_id, body, "text_similarity")
    assert found[0]["output"][0]["dataAsMap"]["echo"]["input"] == 'REMOTE a "q" b\n'


def test_predict_script_may_call_escape_without_defining_it(caller: Caller, remote: ScriptedModel) -> None:
    script = 'return \'{"parameters": {"input": "\' + escape(params.question) + \'"}}\';'
    model_id = registered(caller, created(caller, connector(remote, pre_process_function=script)))
    found = predicted(caller, model_id, {"question": 'a "q"\r\n\\', "context": "c"}, "question_answering")
    assert found[0]["output"][0]["dataAsMap"]["echo"]["input"] == 'a "q"\r\n\\'


def test_predict_script_for_parameters_runs_if_they_ask_for_it(caller: Caller, remote: ScriptedModel) -> None:
    script = 'return \'{"parameters": {"input": "\' + params.question + \'!"}}\';'
    model_id = registered(caller, created(caller, connector(remote, pre_process_function=script)))
    asked = {"question": "why", "pre_process_function.process_remote_inference_input": "true"}
    found = predicted(caller, model_id, {"parameters": asked})
    assert found[0]["output"][0]["dataAsMap"]["echo"]["input"] == "why!"


def test_predict_parameters_of_texts_are_there_for_the_template(caller: Caller, remote: ScriptedModel) -> None:
    template = '{ "input": ${parameters.input}, "type": "${parameters.content_type:-none}" }'
    model_id = registered(caller, created(caller, connector(remote, request_body=template)))
    for asked, sent in (({}, "none"), ({"parameters": {"content_type": "query"}}, "QUERY")):
        found = predicted(caller, model_id, {"text_docs": ["a"], **asked}, "text_embedding")
        assert found[0]["output"][0]["dataAsMap"]["echo"] == {"input": ["a"], "type": sent}


def test_predict_script_of_the_answer_that_fails_is_500(caller: Caller, remote: ScriptedModel) -> None:
    model_id = registered(caller, created(caller, connector(remote, post_process_function="return params.nothing.x;")))
    response = caller.http.post(f"{ML}/models/{model_id}/_predict", json={"parameters": {"input": "x"}})
    error = response.json()["error"]
    assert (response.status_code, error["type"], error["caused_by"]["type"]) == (
        500,
        "m_l_exception",
        "script_exception",
    )


def test_predict_script_of_the_answer_may_write_tensors(caller: Caller, remote: ScriptedModel) -> None:
    script = (
        'return \'[{"name": "n", "data_type": "INT32", "shape": [2], "data": [1, 2]}, {"data": [1], "other": 0}]\';'
    )
    model_id = registered(caller, created(caller, connector(remote, post_process_function=script)))
    found = predicted(caller, model_id, {"parameters": {"input": "x"}})
    assert found[0]["output"] == [{"name": "n", "data_type": "INT32", "shape": [2], "data": [1, 2]}, {}]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://${parameters.host}/x", "Illegal character in authority at index 7: http://${parameters.host}/x"),
        ("http://my_host/x", "Invalid URI. Please check if the endpoint is valid from connector."),
    ],
)
def test_predict_url_that_is_none_is_refused(caller: Caller, remote: ScriptedModel, url: str, reason: str) -> None:
    model_id = registered(caller, created(caller, connector(remote, url=url)))
    response = caller.http.post(f"{ML}/models/{model_id}/_predict", json={"parameters": {"input": "x"}})
    assert (response.status_code, response.json()["error"]["caused_by"]["reason"]) == (400, reason)


def test_update_model_connector_that_is_none_is_written_but_not_served(caller: Caller, remote: ScriptedModel) -> None:
    model_id = registered(caller, created(caller, connector(remote)))
    predicted(caller, model_id, {"parameters": {"input": "x"}})
    caller.until_deployed(model_id)
    status, reason = caller.refused("PUT", f"{ML}/models/{model_id}", {"connector_id": "nope"})
    assert (status, "update model cache was failed on following nodes" in reason) == (500, True)
    assert caller.ask("GET", f"{ML}/models/{model_id}")["connector_id"] == "nope"


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ({"rate_limiter": {"limit": "-1"}}, 400, "Limit field must be a positive number."),
        ({"rate_limiter": {"unit": "WEEKS"}}, 400, "No enum constant java.util.concurrent.TimeUnit.WEEKS"),
        ({"connector": {"name": "c"}, "connector_id": "c"}, 400, "Model cannot have both stand-alone connector and "),
        ({"model_config": {"framework_type": "x"}}, 400, "Wrong framework type"),
    ],
)
def test_update_model_wrong_field_is_refused(caller: Caller, body: dict[str, Any], status: int, reason: str) -> None:
    found = caller.refused("PUT", f"{ML}/models/nope", body)
    assert (found[0], found[1].startswith(reason)) == (status, True)


def test_search_source_false_shows_everything_but_the_credential(caller: Caller, remote: ScriptedModel) -> None:
    created(caller, connector(remote))
    found = caller.ask("POST", f"{ML}/connectors/_search", {"query": {"match_all": {}}, "_source": False, "size": 1})
    shown = found["hits"]["hits"][0]["_source"]
    assert ("name" in shown, "credential" in shown) == (True, False)


def test_stats_names_in_any_case_and_unknown_ones(caller: Caller) -> None:
    assert caller.ask("GET", f"{ML}/stats/ML_CONNECTOR_COUNT") == {"ml_connector_count": 0}
    assert caller.ask("GET", f"{ML}/stats/ml_model_count").keys() == {"ml_model_count", "ml_connector_count"}
    assert caller.ask("GET", f"{ML}/nobody/stats/ml_request_count") == {}
    assert caller.refused("GET", f"{ML}/stats/bogus") == (400, "Wrong ML cluster level stat")


@pytest.mark.parametrize(
    ("resource", "query", "status", "reason"),
    [
        ("models", {"term": {"created_time": "abc"}}, 500, "Fail to search model version"),
        ("model_groups", {"term": {"latest_version": "abc"}}, 500, 'For input string: "abc"'),
        ("connectors", {"term": {"created_time": "abc"}}, 400, "all shards failed"),
    ],
)
def test_search_failing_on_its_way_is_worded_by_the_plugin(
    caller: Caller, remote: ScriptedModel, resource: str, query: dict[str, Any], status: int, reason: str
) -> None:
    registered(caller, created(caller, connector(remote)))
    assert caller.refused("POST", f"{ML}/{resource}/_search", {"query": query}) == (status, reason)


@pytest.mark.parametrize("resource", ["models", "model_groups", "connectors", "tasks"])
def test_search_wrong_query_is_refused_where_it_stands_in_the_request(caller: Caller, resource: str) -> None:
    error = caller.http.post(f"{ML}/{resource}/_search", content=b'{"query":{"foo":{}}}', headers=JSON).json()["error"]
    assert (error["reason"], error["line"], error["col"]) == ("unknown query [foo]", 1, 17)


def test_search_body_that_is_no_object_is_refused(caller: Caller) -> None:
    assert caller.refused("POST", f"{ML}/models/_search", []) == (
        400,
        "Expected [START_OBJECT] but found [START_ARRAY]",
    )
