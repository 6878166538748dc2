"""Rules of neural search's source that no recording shows: several shards, pages, refusals, explanations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.gateway.caller import Caller
from tests.contract.gateway.servers import GatewayProcess

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.gateway.servers import Stack

DOCUMENTS = 30
COMMON, EVEN, FIRST = ({"match": {"text": word}} for word in ("common", "even", "first"))
HALVES = {"weights": [0.5, 0.5]}


@pytest.fixture(scope="module")
def caller(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """The index `many` of three shards and `one` of a single one, with the same documents; pipelines of either kind."""
    stack.wipe()
    node = tmp_path_factory.mktemp("hybrid") / "node"
    with GatewayProcess(stack.url, node) as gateway, Caller(gateway.url) as caller:
        gateway.wait()
        texts = {
            str(number): "common " * (1 + number % 3) + ("even " if number % 2 == 0 else "odd ") + f"number{number}"
            for number in range(DOCUMENTS)
        }
        for index, shards in (("many", 3), ("one", 1)):
            settings = {"number_of_shards": shards, "number_of_replicas": 0}
            properties = {"text": {"type": "text"}, "number": {"type": "integer"}, "other": {"type": "keyword"}}
            caller.ask("PUT", f"/{index}", {"settings": settings, "mappings": {"properties": properties}})
            assert not caller.bulk(f"/{index}/_bulk?refresh=true", texts)["errors"]
        normalizer = {"normalization": {"technique": "min_max"}, "combination": {"parameters": HALVES}}
        for name, pipeline in {
            "norm": {"phase_results_processors": [{"normalization-processor": normalizer}]},
            "rrf": {"phase_results_processors": [{"score-ranker-processor": {}}]},
            "explained": {
                "phase_results_processors": [{"normalization-processor": normalizer}],
                "response_processors": [{"hybrid_score_explanation": {}}],
            },
        }.items():
            caller.ask("PUT", f"/_search/pipeline/{name}", pipeline)
        yield caller


def hybrid(*queries: dict[str, Any], **options: Any) -> dict[str, Any]:
    return {"hybrid": {"queries": list(queries), **options}}


def refusal(caller: Caller, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = caller.http.post(path, json=body)
    assert answer.status_code == 400, answer.text
    error: dict[str, Any] = answer.json()["error"]
    return error


def test_hybrid_several_shards_scores_go_over_all_of_them(caller: Caller) -> None:
    body = {"query": hybrid(COMMON, EVEN), "size": DOCUMENTS}
    found = caller.ask("POST", "/many/_search?search_pipeline=norm", body)
    scores = {hit["_id"]: hit["_score"] for hit in found["hits"]["hits"]}
    raw = [dict(caller.hits(f"/many/_search?size={DOCUMENTS}", query)) for query in (COMMON, EVEN)]
    assert scores.keys() == raw[0].keys()
    for document_id, score in scores.items():
        parts = [_min_max(scores_of, document_id) for scores_of in raw]
        assert score == pytest.approx(sum(parts) / 2, rel=1e-5)
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert found["hits"]["total"] == {"value": DOCUMENTS, "relation": "eq"}
    assert found["_shards"]["total"] == 3


def _min_max(scores: dict[str, float], document_id: str) -> float:
    if document_id not in scores:
        return 0.0
    low, high = min(scores.values()), max(scores.values())
    return (scores[document_id] - low) / (high - low) or 0.001


def test_hybrid_every_shard_brings_as_many_as_asked(caller: Caller) -> None:
    page = caller.ask("POST", "/many/_search?search_pipeline=rrf", {"query": hybrid(COMMON, EVEN), "size": 3})
    assert len(page["hits"]["hits"]) == 3
    # Three shards have a first rank each.
    assert page["hits"]["max_score"] <= 2 / 61
    again = caller.ask("POST", "/many/_search?search_pipeline=rrf&size=3", {"query": hybrid(COMMON, EVEN)})
    assert again["hits"] == page["hits"]


@pytest.mark.parametrize("index", ["one", "many"])
def test_hybrid_pages_go_on_where_the_last_ended(caller: Caller, index: str) -> None:
    query = hybrid(COMMON, EVEN, pagination_depth=DOCUMENTS)
    path = f"/{index}/_search?search_pipeline=norm"
    whole = caller.ask("POST", path, {"query": query, "size": DOCUMENTS})["hits"]["hits"]
    pages = [caller.ask("POST", path, {"query": query, "from": first, "size": 12}) for first in (0, 12, 24)]
    assert [hit for page in pages for hit in page["hits"]["hits"]] == whole
    error = refusal(caller, path, {"query": query, "from": DOCUMENTS + 1})
    assert error["root_cause"] == []
    assert error["reason"] == "The phase has failed"
    reason = "Reached end of search result, increase pagination_depth value to see more results"
    assert error["caused_by"] == {"type": "illegal_argument_exception", "reason": reason}


@pytest.mark.parametrize(
    ("body", "reason", "built"),
    [
        ({"query": hybrid(COMMON), "from": 1}, "pagination_depth param is missing in the search request", False),
        ({"query": hybrid(COMMON, pagination_depth=-1)}, "pagination_depth should be greater than 0", True),
        (
            {"query": hybrid(COMMON, pagination_depth=10_001)},
            "pagination_depth should be less than or equal to index.max_result_window setting",
            True,
        ),
        ({"query": hybrid(hybrid(COMMON))}, "hybrid query cannot be nested in another hybrid query", False),
        (
            {"query": {"bool": {"must": [hybrid(COMMON), EVEN]}}},
            "hybrid query must be a top level query and cannot be wrapped into other queries",
            False,
        ),
        (
            {"query": {"neural_sparse": {"text": {"query_tokens": {"a": 1.0}}}}},
            "[neural_sparse] query only works on [rank_features] fields",
            True,
        ),
    ],
    ids=["no-depth", "negative", "deep", "nested", "wrapped", "sparse-field"],
)
def test_hybrid_query_that_all_shards_refuse_is_told_of_each_index(
    caller: Caller, body: dict[str, Any], reason: str, built: bool
) -> None:
    error = refusal(caller, "/many,one/_search?search_pipeline=norm", body)
    assert (error["type"], error["reason"]) == ("search_phase_execution_exception", "all shards failed")
    assert [(failed["index"], failed["shard"]) for failed in error["failed_shards"]] == [("many", 0), ("one", 0)]
    plain = {"type": "illegal_argument_exception", "reason": reason}
    for failed, cause in zip(error["failed_shards"], error["root_cause"], strict=True):
        if built:
            assert cause["reason"] == f"failed to create query: {reason}"
            assert failed["reason"]["caused_by"] == plain
        else:
            assert cause == failed["reason"] == plain
    assert error.get("caused_by") == (None if built else {**plain, "caused_by": plain})


def test_hybrid_weights_that_do_not_fit_fail_the_phase(caller: Caller) -> None:
    error = refusal(caller, "/one/_search?search_pipeline=norm", {"query": hybrid(COMMON, EVEN, FIRST)})
    reason = "number of weights [2] must match number of sub-queries [3] in hybrid query"
    assert error["caused_by"]["reason"] == reason


def test_hybrid_without_hits_has_a_best_score_of_zero(caller: Caller) -> None:
    found = caller.ask("POST", "/many/_search?search_pipeline=norm", {"query": hybrid(FIRST)})
    assert found["hits"] == {"total": {"value": 0, "relation": "eq"}, "max_score": 0.0, "hits": []}


def test_hybrid_sub_query_without_score_finds_nothing(caller: Caller) -> None:
    found = caller.ask("POST", "/one/_search?search_pipeline=norm", {"query": hybrid({"bool": {"filter": EVEN}})})
    assert found["hits"]["total"]["value"] == 0


def test_hybrid_beside_filters_is_a_plain_sum(caller: Caller) -> None:
    wrapped = caller.hits("/one/_search", {"bool": {"must": [hybrid(COMMON, EVEN)], "filter": [EVEN]}})
    assert wrapped == caller.hits(
        "/one/_search", {"bool": {"must": [{"bool": {"should": [COMMON, EVEN]}}], "filter": EVEN}}
    )


def test_hybrid_options_of_hits_and_aggregations_are_kept(caller: Caller) -> None:
    body = {
        "query": hybrid({"match": {"text": {"query": "common", "_name": "named"}}}, EVEN),
        "size": 2,
        "_source": False,
        "highlight": {"fields": {"text": {}}},
        "aggs": {"all": {"value_count": {"field": "_id"}}},
        "version": True,
    }
    found = caller.ask("POST", "/many/_search?search_pipeline=norm", body)
    assert found["aggregations"]["all"]["value"] == DOCUMENTS
    for hit in found["hits"]["hits"]:
        assert "_source" not in hit
        assert (hit["_version"], hit["matched_queries"]) == (1, ["named"])
        assert "<em>common</em>" in hit["highlight"]["text"][0]


def test_hybrid_sorted_by_a_field_has_no_scores(caller: Caller) -> None:
    caller.ask(
        "POST", "/one/_update_by_query?refresh=true", {"script": "ctx._source.number = Integer.parseInt(ctx._id)"}
    )
    body = {"query": hybrid(COMMON, EVEN), "sort": [{"number": "desc"}], "size": 3}
    found = caller.ask("POST", "/one/_search?search_pipeline=norm", body)
    assert [(hit["_id"], hit["_score"]) for hit in found["hits"]["hits"]] == [("29", None), ("28", None), ("27", None)]


def test_hybrid_counted_is_the_union(caller: Caller) -> None:
    query = hybrid(EVEN, {"match": {"text": "number1"}})
    assert caller.ask("POST", "/many/_count", {"query": query})["count"] == DOCUMENTS // 2 + 1


def test_hybrid_in_msearch_is_answered_each_by_itself(caller: Caller) -> None:
    bodies = [{"query": hybrid(COMMON), "size": 1}, {"query": hybrid()}, {"query": EVEN, "size": 0}]
    lines = [json.dumps(line) for body in bodies for line in ({"index": "many"}, body)]
    headers = {"Content-Type": "application/x-ndjson"}
    answer = caller.http.post("/_msearch", content="\n".join([*lines, ""]), headers=headers).json()
    assert [each["status"] for each in answer["responses"]] == [200, 400, 200]


def test_hybrid_explained_tells_all_three_steps(caller: Caller) -> None:
    body = {"query": hybrid(COMMON, EVEN), "size": 2, "explain": True}
    (best, _) = caller.ask("POST", "/one/_search?search_pipeline=explained", body)["hits"]["hits"]
    told = best["_explanation"]
    assert (told["value"], told["description"]) == (
        best["_score"],
        "arithmetic_mean, weights [0.5, 0.5] combination of:",
    )
    assert {each["description"] for each in told["details"]} == {"min_max normalization of:"}
    assert told["details"][0]["details"][0]["description"].startswith("weight(text:common")
    assert best["_shard"] == "[one][0]"


def test_hybrid_explained_without_processor_tells_the_sub_queries(caller: Caller) -> None:
    body = {"query": hybrid(COMMON, EVEN), "size": 1, "explain": True}
    (best,) = caller.ask("POST", "/many/_search?search_pipeline=norm", body)["hits"]["hits"]
    assert best["_explanation"]["description"] == "combined score of:"
    assert len(best["_explanation"]["details"]) == 2


def test_hybrid_pipeline_of_the_search_itself_is_used(caller: Caller) -> None:
    pipeline = {"phase_results_processors": [{"score-ranker-processor": {"combination": {"rank_constant": 1}}}]}
    found = caller.ask("POST", "/one/_search", {"query": hybrid(COMMON), "size": 1, "search_pipeline": pipeline})
    assert found["hits"]["max_score"] == 0.5
    plain = caller.ask("POST", "/one/_search", {"query": COMMON, "search_pipeline": pipeline})
    assert plain["hits"]["total"]["value"] == DOCUMENTS


@pytest.mark.parametrize(
    ("served", "ours"),
    [
        ({"match": {"text": {"wrong": 1}}}, {"neural_sparse": {"text": {"wrong": 1}}}),
        ({"match": {"text": {"query": "a", "wrong": 1}}}, {"hybrid": {"queries": [COMMON], "wrong": 1}}),
        ({"prefix": {"text": {}}}, {"neural_sparse": {"text": {}}}),
    ],
    ids=["option", "hybrid-option", "empty"],
)
@pytest.mark.parametrize("occurs", [(), ("must",), ("filter", "should")], ids=["alone", "bool", "twice"])
def test_parse_error_has_the_shape_of_the_servers_own(
    caller: Caller, served: dict[str, Any], ours: dict[str, Any], occurs: tuple[str, ...]
) -> None:
    shapes = []
    for query in (served, ours):
        within = query
        for occur in occurs:
            within = {"bool": {occur: [within]}}
        text = json.dumps({"query": within})
        answer = caller.http.post("/one/_search", content=text, headers={"Content-Type": "application/json"})
        shapes.append(_shape(answer.json(), text))
    assert shapes[1] == shapes[0]


def _shape(answer: Any, text: str) -> Any:
    """An error answer without the words of the query's own reason; places are told by what stands there."""
    if isinstance(answer, list):
        return [_shape(item, text) for item in answer]
    if not isinstance(answer, dict):
        return answer
    shape = {name: _shape(value, text) for name, value in answer.items()}
    if "col" in shape:
        shape["col"] = text[shape["col"] - 1 :][:3]
    if str(shape.get("reason", "")).startswith("["):
        place, _, rest = str(shape["reason"]).partition("] ")
        if place[1:2].isdigit():
            shape["reason"] = (text[int(place.partition(":")[2]) - 1 :][:3], rest)
            return shape
    if "reason" in shape:
        shape["reason"] = "*"
    return shape
