"""The highlighting client through a real OpenSearch, the gateway's ML Commons, and a remote model that misbehaves."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from include.highlighting import (
    BatchHighlightingRequest,
    BatchLimits,
    HighlightingItem,
    NoQuestionError,
    SemanticHighlighter,
    ServerSideError,
    Span,
)
from tests.contract.gateway.caller import Caller
from tests.contract.gateway.servers import GatewayProcess
from tests.integration.remote_highlighter import LIMIT, RemoteHighlighter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from opensearchpy import OpenSearch

    from include.highlighting import HighlightedResponse

    MakeModel = Callable[..., str]

INDEX = "highlighting-client"
FACTORIES = "cluster.search.enabled_system_generated_factories"
BATCH_BODY = (
    '{ "question": "${parameters.question:-}", "context": "${parameters.context:-}", '
    '"inputs": ${parameters.inputs:-null} }'
)
SINGLE_BODY = '{ "question": "${parameters.question}", "context": "${parameters.context}" }'
# What the documented connector does with a question: strings put together, so that quotes break it.
SCRIPT = """
if (params.question != null && params.context != null) {
  return '{"parameters":{"question":"' + params.question + '","context":"' + params.context + '"}}';
}
throw new IllegalArgumentException("no question");
"""
TEXTS = {str(number): f"The dog number {number} runs. Nothing else is here." for number in range(12)}
DOG = {"match": {"text": "dog"}}
MAPPING = {
    "properties": {
        "text": {"type": "text"},
        "title": {"type": "text"},
        "o": {"properties": {"t": {"type": "text"}}},
        "c": {"type": "nested", "properties": {"text": {"type": "text"}}},
    }
}


@pytest.fixture(scope="module")
def remote() -> Iterator[RemoteHighlighter]:
    remote = RemoteHighlighter()
    remote.start()
    yield remote
    remote.stop()


@pytest.fixture(autouse=True)
def no_calls_yet(remote: RemoteHighlighter) -> None:
    remote.sizes()


@pytest.fixture(scope="module")
def caller(ml_commons_url: str) -> Iterator[Caller]:
    """The gateway, for what the tests prepare."""
    with Caller(ml_commons_url) as caller:
        caller.put_settings(trusted_connector_endpoints_regex=["^.*$"], connector__private_ip_enabled=True)
        caller.put_settings(only_run_on_ml_node=False)
        _index(caller, INDEX, {key: {"text": text} for key, text in TEXTS.items()})
        yield caller
        caller.http.delete(f"/{INDEX}*")
        names = ("trusted_connector_endpoints_regex", "connector__private_ip_enabled", "only_run_on_ml_node")
        caller.put_settings(**dict.fromkeys(names))


@pytest.fixture(scope="module")
def opensearch(caller: Caller, connect: Callable[[str], OpenSearch]) -> OpenSearch:
    return connect(str(caller.http.base_url))


@pytest.fixture(scope="module")
def make_model(caller: Caller, remote: RemoteHighlighter) -> Iterator[MakeModel]:
    """A deployed model whose remote is in the given mode; one a mode and connector."""
    made: dict[tuple[str, str], str] = {}

    def make(mode: str = "good", request_body: str = BATCH_BODY) -> str:
        if (mode, request_body) not in made:
            made[mode, request_body] = _model(caller, f"{remote.url}/{mode}", request_body)
        return made[mode, request_body]

    yield make
    for model_id in made.values():
        caller.http.post(f"/_plugins/_ml/models/{model_id}/_undeploy")
        caller.http.delete(f"/_plugins/_ml/models/{model_id}")


def _model(caller: Caller, url: str, request_body: str) -> str:
    action = {"action_type": "predict", "method": "POST", "url": url, "request_body": request_body}
    connector = {"name": "h", "description": "d", "version": "1", "protocol": "http", "credential": {"key": "x"}}
    # Also what texts could refer to.
    connector |= {"parameters": {"model": "SECRET"}, "actions": [{**action, "pre_process_function": SCRIPT}]}
    created = caller.ask("POST", "/_plugins/_ml/connectors/_create", connector)
    model = {"name": "highlighter", "function_name": "remote", "connector_id": created["connector_id"]}
    model_id = str(caller.ask("POST", "/_plugins/_ml/models/_register?deploy=true", model)["model_id"])
    caller.until_deployed(model_id)
    return model_id


def _index(caller: Caller, name: str, documents: dict[str, Any]) -> None:
    settings = {"number_of_replicas": 0, "number_of_shards": 1}
    caller.ask("PUT", f"/{name}", {"settings": settings, "mappings": MAPPING})
    lines = [line for key, document in documents.items() for line in ({"index": {"_id": key}}, document)]
    content = "\n".join([*(json.dumps(line) for line in lines), ""])
    headers = {"Content-Type": "application/x-ndjson"}
    assert not caller.http.post(f"/{name}/_bulk?refresh=true", content=content, headers=headers).json()["errors"]


@pytest.fixture
def make_index(caller: Caller) -> Iterator[Callable[..., str]]:
    made: list[str] = []

    def make(*documents: dict[str, Any]) -> str:
        made.append(f"{INDEX}-{len(made)}-{time.monotonic_ns()}")
        _index(caller, made[-1], {str(number): document for number, document in enumerate(documents)})
        return made[-1]

    yield make
    for name in made:
        caller.http.delete(f"/{name}")


def _body(query: Any = None, fields: Any = None, **more: Any) -> dict[str, Any]:
    fields = fields or {"text": {"type": "semantic"}}
    return {"size": 100, "query": query or DOG, "highlight": {"fields": fields}, **more}


def _marked(response: HighlightedResponse, field: str = "text") -> dict[str, Any]:
    return {hit["_id"]: hit.get("highlight", {}).get(field) for hit in response["hits"]["hits"]}


def _expected(*without: str) -> dict[str, Any]:
    marked = {key: [f"<em>The dog number {key} runs.</em> Nothing else is here."] for key in TEXTS}
    return {**marked, **dict.fromkeys(without)}


@pytest.mark.parametrize("use_batch", [False, True], ids=["single", "batch"])
def test_search_good_model_marks_every_hit_in_the_servers_order(
    opensearch: OpenSearch, remote: RemoteHighlighter, make_model: MakeModel, use_batch: bool
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch)
    plain = opensearch.search(index=INDEX, body={"size": 100, "query": DOG})

    response = highlighter.search(INDEX, _body())

    assert _marked(response) == _expected()
    bare = [{name: value for name, value in hit.items() if name != "highlight"} for hit in response["hits"]["hits"]]
    assert bare == plain["hits"]["hits"]
    assert (response.report.complete, response.report.highlighted) == (True, 12)
    assert remote.sizes() == ([12] if use_batch else [0] * 12)


def test_search_again_is_answered_from_the_cache(
    opensearch: OpenSearch, remote: RemoteHighlighter, make_model: MakeModel
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch=True)
    first = highlighter.search(INDEX, _body())
    remote.sizes()

    assert _marked(highlighter.search(INDEX, _body())) == _marked(first)
    assert remote.sizes() == []
    assert (highlighter.metrics.cache_hits, highlighter.metrics.calls) == (12, 1)


@pytest.mark.parametrize("status", [400, 424, 500])
@pytest.mark.parametrize("use_batch", [False, True], ids=["single", "batch"])
def test_search_model_fails_every_hit_comes_back_with_the_reason(
    opensearch: OpenSearch, remote: RemoteHighlighter, make_model: MakeModel, status: int, use_batch: bool
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(f"status{status}"), use_batch)

    response = highlighter.search(INDEX, _body())

    assert _marked(response) == dict.fromkeys(TEXTS)
    failed = response["semantic_highlighting"]["failed"]
    assert sorted(each["_id"] for each in failed) == sorted(TEXTS)
    assert all(f"remote says {status}" in each["reason"] for each in failed)
    assert len(remote.sizes()) < 40


def test_search_model_that_throttles_is_given_time_then_told(opensearch: OpenSearch, make_model: MakeModel) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model("status429"), use_batch=True)

    response = highlighter.search(INDEX, _body())

    assert len(response.report.failed) == 12
    assert highlighter.metrics.retries == 3


@pytest.mark.parametrize("mode", ["short", "garbage", "no_batch_flat", "no_batch_empty", "no_batch_400"])
def test_search_batches_answered_wrongly_are_replaced_by_right_ones(
    opensearch: OpenSearch, make_model: MakeModel, mode: str
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(mode), use_batch=True)

    response = highlighter.search(INDEX, _body())

    assert (_marked(response), response.report.failed) == (_expected(), ())


@pytest.mark.parametrize(
    "model",
    [
        ("no_batch_flat", BATCH_BODY),
        ("no_batch_empty", BATCH_BODY),
        ("no_batch_400", BATCH_BODY),
        ("good", SINGLE_BODY),
    ],
    ids=["answers_flat", "answers_nothing", "answers_400", "connector_without_inputs"],
)
def test_search_model_without_batches_is_found_out_once(
    opensearch: OpenSearch, remote: RemoteHighlighter, make_model: MakeModel, model: tuple[str, str]
) -> None:
    limits = BatchLimits(first_items=3)
    highlighter = SemanticHighlighter(opensearch, make_model(*model), True, limits=limits, cache_size=0)
    highlighter.search(INDEX, _body())
    assert highlighter.metrics.fallbacks >= 1
    remote.sizes()

    assert _marked(highlighter.search(INDEX, _body())) == _expected()
    assert remote.sizes() == [0] * 12


def test_search_answers_of_no_text_are_failures_of_their_hits(opensearch: OpenSearch, make_model: MakeModel) -> None:
    for mode, reason in (("garbage_items", "'nothing' for a text"), ("outside", "outside of the text")):
        highlighter = SemanticHighlighter(opensearch, make_model(mode), use_batch=True)

        response = highlighter.search(INDEX, _body())

        assert _marked(response) == dict.fromkeys(TEXTS)
        assert all(reason in failure.reason for failure in response.report.failed)
        assert len(response.report.failed) == 12


@pytest.mark.parametrize("mode", ["poison", "errors"])
def test_search_one_poisonous_document_fails_alone(
    opensearch: OpenSearch, make_model: MakeModel, make_index: Callable[..., str], mode: str
) -> None:
    texts = [f"The dog number {number}." if number != 5 else "A dog of poison." for number in range(12)]
    index = make_index(*({"text": text} for text in texts))
    highlighter = SemanticHighlighter(opensearch, make_model(mode), use_batch=True)

    response = highlighter.search(index, _body())

    assert _marked(response) == {
        str(number): [f"<em>{text}</em>"] if number != 5 else None for number, text in enumerate(texts)
    }
    assert [failure.document_id for failure in response.report.failed] == ["5"]
    assert "poison" in response.report.failed[0].reason


def test_search_batch_over_the_models_limit_is_halved_and_remembered(
    opensearch: OpenSearch, remote: RemoteHighlighter, make_model: MakeModel
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model("small"), True, max_concurrency=1, cache_size=0)

    assert _marked(highlighter.search(INDEX, _body())) == _expected()
    assert remote.sizes()[0] == 12
    assert _marked(highlighter.search(INDEX, _body())) == _expected()
    assert max(remote.sizes()) <= LIMIT


def test_search_time_limit_comes_answers_with_what_is_there(opensearch: OpenSearch, make_model: MakeModel) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model("slow"), use_batch=True, time_limit=1.5)
    started = time.monotonic()

    response = highlighter.search(INDEX, _body())

    assert time.monotonic() - started < 5
    assert list(_marked(response)) == list(
        _marked(SemanticHighlighter(opensearch, make_model()).search(INDEX, _body()))
    )
    assert len(response.report.failed) == 12
    assert "time limit of 1.5 s" in response.report.failed[0].reason or "timed out" in response.report.failed[0].reason


@pytest.mark.parametrize("use_batch", [False, True], ids=["single", "batch"])
def test_search_texts_that_templates_break_arrive_as_they_are(
    opensearch: OpenSearch, make_model: MakeModel, make_index: Callable[..., str], use_batch: bool
) -> None:
    texts = [
        'A "dog" runs\nhere. Not here.',
        "The dog ${parameters.model} runs. No.",
        '{"dog": [1, 2]}',
        '["dog"]',
        "  [1, 2] dog",
        "$${parameters.model.toString()} dog. ${parameters.inputs} ${credential.key}",
        "A dog \\ / \t\u2028 ü 😀 runs. 😀😀 no. 😀 dog.",
        "e\u0301 dog\u0301 dog. no.",
    ]
    index = make_index(*({"text": text} for text in texts))
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch)
    tags = {"pre_tags": ["<b>"], "post_tags": "</b>"}
    asked = {"bool": {"should": [{"match": {"text": 'dog "${parameters.model}'}}, {"match_all": {}}]}}

    response = highlighter.search(index, _body(asked, {"text": {"type": "semantic", **tags}}))

    marked = _marked(response)
    assert response.report.failed == ()
    assert {key: "".join(found).replace("<b>", "").replace("</b>", "") for key, found in marked.items()} == {
        str(number): text for number, text in enumerate(texts)
    }
    assert marked["0"] == ['<b>A "dog" runs\nhere.</b> Not here.']
    assert marked["1"] == ["<b>The dog ${parameters.</b><b>model} runs.</b> No."]
    assert marked["6"] == ["<b>A dog \\ / \t\u2028 ü 😀 runs.</b> 😀😀 no. <b>😀 dog.</b>"]
    assert all("<b>" in found[0] for found in marked.values())


def test_search_question_that_templates_break_arrives_as_it_is(
    opensearch: OpenSearch, remote: RemoteHighlighter, make_model: MakeModel
) -> None:
    question = 'dog "x"\n${parameters.model} 😀'
    for use_batch in (False, True):
        SemanticHighlighter(opensearch, make_model(), use_batch).search(INDEX, _body(size=1), question=question)
        _, body = remote.calls.pop()
        got = body["inputs"][0]["question"] if use_batch else body["question"].replace("\uff04", "$")
        assert got == question


def test_search_nested_objects_arrays_and_patterns_are_marked(
    opensearch: OpenSearch, make_model: MakeModel, make_index: Callable[..., str]
) -> None:
    document = {
        "text": ["No cat.", "A dog. No.", "The dog"],
        "o": {"t": "My dog. No."},
        "c": [{"text": "Cats. No."}, {"n": 1}, {"text": "Inner dog. No."}],
    }
    index = make_index(document, {"title": "a dog without text"})
    inner: dict[str, Any] = {"_source": False}
    nested = {"nested": {"path": "c", "query": {"match": {"c.text": "dog"}}, "inner_hits": inner}}
    query = {"bool": {"should": [nested, {"match": {"text": "dog"}}, {"match": {"title": "dog"}}]}}
    body = {"query": query, "_source": ["title"], "fields": ["title"]}
    plain = opensearch.search(index=index, body=body)
    body["highlight"] = {"type": "semantic", "fields": {"t*": {}, "o.t": {}}}
    inner["highlight"] = {"fields": {"c.te*": {"type": "semantic"}}}

    response = SemanticHighlighter(opensearch, make_model(), use_batch=True).search(index, body)

    hits = {hit["_id"]: hit for hit in response["hits"]["hits"]}
    assert response.report.failed == ()
    assert hits["0"]["highlight"] == {
        "text": ["<em>A dog.</em> No.", "<em>The dog</em>"],
        "o.t": ["<em>My dog.</em> No."],
    }
    assert hits["1"]["highlight"] == {"title": ["<em>a dog without text</em>"]}
    (found,) = hits["0"]["inner_hits"]["c"]["hits"]["hits"]
    assert found["highlight"] == {"c.text": ["<em>Inner dog.</em> No."]}
    for hit in (*hits.values(), found):
        hit.pop("highlight")
    assert response["hits"]["hits"] == plain["hits"]["hits"]


def test_search_other_highlighters_of_the_body_stay_with_the_server(
    opensearch: OpenSearch, make_model: MakeModel, make_index: Callable[..., str]
) -> None:
    index = make_index({"text": "A dog. No.", "title": "the <dog> & 'cat' / \"x\""})
    fields = {"text": {"type": "semantic"}, "title": {"type": "unified", "encoder": "html"}}
    body = _body({"multi_match": {"query": "dog", "fields": ["text", "title"]}}, fields)
    del fields["title"]["encoder"]
    body["highlight"]["encoder"] = "html"
    highlighter = SemanticHighlighter(opensearch, make_model())

    response = highlighter.search(index, body)

    (hit,) = response["hits"]["hits"]
    assert hit["highlight"]["text"] == ["<em>A dog.</em> No."]
    ours = highlighter.search(index, _body(body["query"], {"title": {"type": "semantic"}}))["hits"]["hits"][0]
    assert (
        hit["highlight"]["title"][0].replace("<em>", "").replace("</em>", "")
        == "the &lt;dog&gt; &amp; &#x27;cat&#x27; &#x2F; &quot;x&quot;"
    )
    assert ours["highlight"]["title"] == ["<em>the <dog> & 'cat' / \"x\"</em>"]


def test_search_without_question_is_an_error_not_nothing(opensearch: OpenSearch, make_model: MakeModel) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model())
    with pytest.raises(NoQuestionError, match="question="):
        highlighter.search(INDEX, _body({"match_all": {}}))
    assert _marked(highlighter.search(INDEX, _body({"match_all": {}}), question="dog")) == _expected()


def test_search_unknown_model_says_so_for_every_hit(opensearch: OpenSearch) -> None:
    response = SemanticHighlighter(opensearch, "nothing").search(INDEX, _body())
    assert len(response["hits"]["hits"]) == len(response.report.failed) == 12
    assert "Failed to find model" in response.report.failed[0].reason


def test_search_batches_that_take_too_long_are_asked_about_in_smaller_ones(
    opensearch: OpenSearch, make_model: MakeModel
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model("slow_over_3"), use_batch=True, call_timeout=1.5)

    response = highlighter.search(INDEX, _body())

    assert (_marked(response), response.report.failed) == (_expected(), ())


def test_stream_yields_hits_in_order_before_all_are_highlighted(
    opensearch: OpenSearch, remote: RemoteHighlighter, make_model: MakeModel
) -> None:
    limits = BatchLimits(first_items=2, max_items=2)
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch=True, limits=limits)
    whole = highlighter.search(INDEX, _body())
    remote.sizes()

    stream = SemanticHighlighter(opensearch, make_model(), use_batch=True, limits=limits).stream(INDEX, _body())
    first = next(stream)

    assert remote.sizes() == [2]
    assert [first, *stream] == whole["hits"]["hits"]


def test_highlight_request_correlates_by_id(opensearch: OpenSearch, make_model: MakeModel) -> None:
    items = [HighlightingItem(f"id{number}", "dog", f"{'x' * number} dog. No.") for number in range(50)]
    limits = BatchLimits(first_items=7)
    highlighter = SemanticHighlighter(opensearch, make_model(), True, limits=limits, max_concurrency=4)

    result = highlighter.highlight(BatchHighlightingRequest(items))

    assert [each.document_id for each in result.results] == [item.document_id for item in items]
    starts = {item.document_id: 1 if item.document_id == "id0" else 0 for item in items}
    assert all(result[f"id{number}"].spans == (Span(starts[f"id{number}"], number + 5),) for number in range(50))


@pytest.fixture
def factories(caller: Caller) -> Iterator[None]:
    """The cluster setting that lets the server highlight batches."""
    caller.ask("PUT", "/_cluster/settings", {"persistent": {FACTORIES: ["semantic-highlighter"]}})
    yield
    caller.ask("PUT", "/_cluster/settings", {"persistent": {FACTORIES: None}})


@pytest.fixture
def no_factories(caller: Caller) -> Iterator[None]:
    """The local stack lets searches highlight in batches; other clusters do not unless told."""
    caller.ask("PUT", "/_cluster/settings", {"persistent": {FACTORIES: []}})
    yield
    caller.ask("PUT", "/_cluster/settings", {"persistent": {FACTORIES: None}})


def test_server_side_batch_without_the_setting_says_what_to_send(
    opensearch: OpenSearch, no_factories: None, make_model: MakeModel
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch=True, server_side=True)
    with pytest.raises(ServerSideError, match=r'PUT /_cluster/settings \{"persistent"'):
        highlighter.search(INDEX, _body())


@pytest.mark.parametrize("use_batch", [False, True], ids=["single", "batch"])
def test_server_side_answers_as_the_client_does(
    opensearch: OpenSearch, factories: None, make_model: MakeModel, use_batch: bool
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch, server_side=True)

    response = highlighter.search(INDEX, _body())

    assert (_marked(response), response.report.path) == (_expected(), "server")
    assert (response.report.highlighted, response.report.warnings, highlighter.metrics.calls) == (12, (), 0)


@pytest.mark.parametrize(
    "query",
    [
        {"match_phrase": {"text": "the dog"}},
        {"multi_match": {"query": "dog", "fields": ["text"]}},
        {"bool": {"must": DOG}},
    ],
    ids=["match_phrase", "multi_match", "bool"],
)
def test_server_side_silence_is_filled_by_the_client(
    opensearch: OpenSearch, factories: None, make_model: MakeModel, query: Any
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch=True, server_side=True)

    response = highlighter.search(INDEX, _body(query, _source=False))

    assert (_marked(response), response.report.path) == (_expected(), "server")
    assert highlighter.metrics.batch_calls == 1
    assert "12 of 12" in response.report.warnings[0]
    assert not [hit for hit in response["hits"]["hits"] if "fields" in hit or "_source" in hit]


def test_server_side_array_that_fails_the_server_is_done_by_the_client(
    opensearch: OpenSearch, factories: None, make_model: MakeModel, make_index: Callable[..., str]
) -> None:
    index = make_index({"text": ["A dog.", "No."]}, {"title": "dog"})
    for use_batch in (False, True):
        highlighter = SemanticHighlighter(opensearch, make_model(), use_batch, server_side=True)

        response = highlighter.search(index, _body({"multi_match": {"query": "dog", "fields": ["text", "title"]}}))

        assert _marked(response) == {"0": ["<em>A dog.</em>"], "1": None}


def test_server_side_failing_model_loses_no_hit(opensearch: OpenSearch, factories: None, make_model: MakeModel) -> None:
    for use_batch in (False, True):
        highlighter = SemanticHighlighter(opensearch, make_model("status500"), use_batch, server_side=True)

        response = highlighter.search(INDEX, _body())

        assert len(response["hits"]["hits"]) == len(response.report.failed) == 12
        assert "The server did not highlight" in response.report.warnings[0]


@pytest.mark.parametrize("use_batch", [False, True], ids=["single", "batch"])
def test_server_side_text_that_ml_commons_replaces_is_done_by_the_client(
    opensearch: OpenSearch, factories: None, make_model: MakeModel, make_index: Callable[..., str], use_batch: bool
) -> None:
    index = make_index({"text": "No ${parameters.model}. The dog runs."}, {"text": "A dog."})
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch, server_side=True)

    response = highlighter.search(index, _body())

    marked = {"0": ["No ${parameters.model}. <em>The dog runs.</em>"], "1": ["<em>A dog.</em>"]}
    assert (_marked(response), response.report.path) == (marked, "server")


@pytest.mark.parametrize(
    "highlight",
    [{"encoder": "html"}, {"highlight_query": {"match": {"text": "nothing"}}}, {"number_of_fragments": 1}],
    ids=["html", "highlight_query", "fragments"],
)
def test_server_side_what_it_would_do_wrongly_is_done_by_the_client(
    opensearch: OpenSearch, factories: None, make_model: MakeModel, highlight: dict[str, Any]
) -> None:
    highlighter = SemanticHighlighter(opensearch, make_model(), use_batch=True, server_side=True)
    body = _body()
    body["highlight"] |= highlight

    response = highlighter.search(INDEX, body)

    assert response.report.path == "client"
    assert response.report.highlighted == 12


@pytest.fixture(scope="module")
def newer(
    opensearch_url: str, caller: Caller, connect: Callable[[str], OpenSearch], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Caller]:
    """A second gateway before the same server, with the rules of 3.7 (from its sources, not recorded)."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENSEARCH_BEHAVIOUR", "3.7")
        with GatewayProcess(opensearch_url, tmp_path_factory.mktemp("newer") / "node") as process:
            process.wait()
            with Caller(process.url) as caller:
                yield caller


def test_server_side_of_3_7_answers_by_request(
    newer: Caller,
    connect: Callable[[str], OpenSearch],
    factories: None,
    remote: RemoteHighlighter,
    make_index: Callable[..., str],
) -> None:
    model_id = _model(newer, f"{remote.url}/good", BATCH_BODY)
    client = connect(str(newer.http.base_url))
    index = make_index({"text": "A <dog>. No.", "title": "dog"}, {"text": "No.", "title": "the dog"})
    highlighter = SemanticHighlighter(client, model_id, use_batch=True, server_side=True, server_version="3.7")
    query = {"multi_match": {"query": "dog", "fields": ["text", "title"]}}
    body = _body({"bool": {"should": [DOG, {"match": {"title": "dog"}}]}}, {"text": {"type": "semantic"}})
    body["highlight"]["options"] = {"encoder": "html"}

    for asked, calls in ((body, 0), ({**body, "query": query}, 1)):
        response = highlighter.search(index, asked)

        assert _marked(response) == {"0": ["<em>A &lt;dog&gt;.</em> No."], "1": None}
        assert response.report.failed == ()
        assert highlighter.metrics.calls == calls
