"""From texts to a payload, from an answer to tensors, with the built-in functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.gateway.dataset import Parameters, Question, TextDocs, TextSimilarity
from local.gateway.errors import OpenSearchError
from local.gateway.postprocess import tensors
from local.gateway.predictor import payload
from local.gateway.preprocess import prepared, step_size
from local.gateway.upstream import Upstream

pytestmark = pytest.mark.anyio

NOWHERE = Upstream("http://127.0.0.1:1")
OPENAI = "connector.pre_process.openai.embedding"


async def test_prepared_texts_become_one_json_list() -> None:
    parameters = await prepared(OPENAI, TextDocs(["a", 'b "c"']), {}, NOWHERE)
    assert parameters == {"input": '["a","b \\"c\\""]'}


async def test_prepared_text_parameter_is_escaped_but_not_quoted() -> None:
    parameters = await prepared(OPENAI, Parameters({"input": 'say "hi"', "list": "[1]"}), {}, NOWHERE)
    assert parameters == {"input": 'say \\"hi\\"', "list": "[1]"}


async def test_prepared_texts_without_function_take_the_default() -> None:
    assert await prepared(None, TextDocs(["a"]), {}, NOWHERE) == {"input": '["a"]'}


async def test_prepared_ranking_names_query_and_documents() -> None:
    found = await prepared("connector.pre_process.cohere.rerank", TextSimilarity("q", ["a", "b"]), {}, NOWHERE)
    assert found == {"query": "q", "documents": '["a","b"]', "top_n": "2"}


@pytest.mark.parametrize(
    ("function", "dataset", "reason"),
    [
        (None, Question("q", "c"), "pre_process_function not defined in connector"),
        (OPENAI, Question("q", "c"), "can only support TextDocsInputDataSet"),
    ],
)
async def test_prepared_wrong_dataset_is_refused(function: str | None, dataset: Any, reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        await prepared(function, dataset, {}, NOWHERE)


@pytest.mark.parametrize(
    ("function", "parameters", "size"),
    [
        (OPENAI, {}, None),
        (None, {}, None),
        ("connector.pre_process.bedrock.embedding", {}, 1),
        ("return params.text_docs[0];", {}, 1),
        (OPENAI, {"input_docs_processed_step_size": "5"}, 5),
    ],
)
def test_step_size_function_decides(function: str | None, parameters: dict[str, str], size: int | None) -> None:
    assert step_size(function, parameters) == size


def test_payload_missing_parameter_is_refused_with_the_template() -> None:
    with pytest.raises(OpenSearchError, match=r'Invalid payload: {"input": \$\{parameters.input}}'):
        payload('{"input": ${parameters.input}}', {})


@pytest.mark.parametrize(
    ("function", "answer", "parameters"),
    [
        ("connector.post_process.openai.embedding", {"data": [{"embedding": [1, 2]}]}, {}),
        ("connector.post_process.default.embedding", [[1, 2]], {}),
        ("connector.post_process.default.embedding", {"embeddings": [[1, 2]]}, {"response_filter": "$.embeddings"}),
        ("connector.post_process.cohere.embedding", {"embeddings": [[1, 2]]}, {}),
        ("connector.post_process.bedrock.embedding", {"embedding": [1, 2]}, {}),
    ],
)
async def test_tensors_vectors_are_found(function: str, answer: Any, parameters: dict[str, str]) -> None:
    found = await tensors(json.dumps(answer), function, parameters, NOWHERE, "PREDICT")
    assert found == [{"name": "sentence_embedding", "data_type": "FLOAT32", "shape": [2], "data": [1, 2]}]


@pytest.mark.parametrize(
    ("answer", "parameters", "data"),
    [
        ('{"a": 1}', {}, {"a": 1.0}),
        ("[1]", {}, {"response": [1.0]}),
        ('{"a": {"b": 1}}', {"response_filter": "$.a"}, {"b": 1}),
        ('{"a": 1}', {"response_filter": "$.a"}, {"response": 1}),
    ],
)
async def test_tensors_without_function_are_the_answer(answer: str, parameters: dict[str, str], data: Any) -> None:
    found = await tensors(answer, None, parameters, NOWHERE, "PREDICT")
    assert found == [{"name": "response", "dataAsMap": data}]


async def test_tensors_ranking_is_put_in_the_order_of_the_documents() -> None:
    answer = {"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]}
    found = await tensors(json.dumps(answer), "connector.post_process.cohere.rerank", {}, NOWHERE, "PREDICT")
    assert [tensor["data"] for tensor in found] == [[0.1], [0.9]]


async def test_tensors_scalar_answer_is_refused() -> None:
    with pytest.raises(OpenSearchError, match="Unsupported response type"):
        await tensors("1", None, {}, NOWHERE, "PREDICT")


def _results(*results: Any) -> str:
    return json.dumps({"results": list(results)})


@pytest.mark.parametrize(
    ("function", "answer", "reason"),
    [
        ("default.embedding", "[]", None),
        ("default.embedding", '["a"]', "containing List of Float values"),
        ("default.embedding", "[[]]", "containing Float values"),
        ("bedrock.embedding", '{"embedding": null}', "model output is null"),
        ("bedrock.embedding", '{"embedding": "x"}', "input is not a List"),
        ("bedrock.embedding", '{"embedding": ["x"]}', "containing Float values"),
        ("cohere.rerank", _results(1), "not a List of Map"),
        ("cohere.rerank", _results({"index": 0}), "should contain index and relevance_score"),
        ("bedrock.rerank", _results(), "input is empty"),
        ("bedrock.rerank", _results({"index": 0, "relevanceScore": 1}), "relevanceScore is not BigDecimal or Double"),
        ("bedrock.rerank", _results({"index": 0, "relevanceScore": 0.5}), None),
    ],
)
async def test_tensors_built_in_function_looks_at_the_answer(function: str, answer: str, reason: str | None) -> None:
    asked = tensors(answer, f"connector.post_process.{function}", {}, NOWHERE, "PREDICT")
    if reason is None:
        await asked
        return
    with pytest.raises(OpenSearchError, match=reason) as refused:
        await asked
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("function", "answer", "cause"),
    [
        ("default.embedding", '[[1], "x"]', "class_cast_exception"),
        ("default.embedding", '[[1], ["x"]]', "array_store_exception"),
        ("default.embedding", "[[1], ", "invalid_json_exception"),
        ("cohere.rerank", _results({"index": 0, "relevance_score": 1}), "class_cast_exception"),
        ("cohere.rerank", _results({"index": 1, "relevance_score": 0.1}), "array_index_out_of_bounds_exception"),
        ("openai.embedding", "{}", "path_not_found_exception"),
    ],
)
async def test_tensors_answer_taken_for_granted_is_500(function: str, answer: str, cause: str) -> None:
    with pytest.raises(OpenSearchError, match="Fail to execute PREDICT in aws connector") as refused:
        await tensors(answer, f"connector.post_process.{function}", {}, NOWHERE, "PREDICT")
    assert refused.value.caused_by is not None
    assert (refused.value.status, refused.value.caused_by["type"]) == (500, cause)


async def test_tensors_empty_vector_of_bedrock_is_a_tensor_without_numbers() -> None:
    found = await tensors('{"embedding": []}', "connector.post_process.bedrock.embedding", {}, NOWHERE, "PREDICT")
    assert found == [{"name": "sentence_embedding", "data_type": "FLOAT32", "shape": [0], "data": []}]


def test_step_size_no_number_is_refused() -> None:
    with pytest.raises(OpenSearchError, match='For input string: "many"'):
        step_size(OPENAI, {"input_docs_processed_step_size": "many"})


@pytest.mark.parametrize(
    ("template", "parameters", "content"),
    [
        (None, {"http_body": "anything"}, "anything"),
        (None, {}, None),
        ('{"a": "${parameters.b}"}', {"skip_validating_missing_parameters": "TRUE"}, '{"a": "${parameters.b}"}'),
        (
            '{"a": "${parameters.p}"}',
            {"p": "${parameters.c.toString()}", "c": 'x "y"'},
            '{"a": "x \\"y\\""}',
        ),
    ],
)
def test_payload_parameters_are_filled_in(template: str | None, parameters: dict[str, str], content: str) -> None:
    assert payload(template, parameters) == content


@pytest.mark.parametrize("template", [None, '{"a": "${parameters.b}"}'])
def test_payload_unfilled_placeholder_is_refused(template: str | None) -> None:
    with pytest.raises(OpenSearchError, match="Some parameter placeholder not filled in payload: b"):
        payload(template, {"http_body": "${parameters.b}"})
