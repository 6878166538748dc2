from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from include.inference.errors import RequestError
from include.inference.requests import read_request, write_embeddings

JSON = "application/json"


def body(inputs: Any) -> str:
    return json.dumps({"inputs": inputs})


@pytest.mark.parametrize(
    ("inputs", "texts"),
    [
        pytest.param(["b", "a", "b"], ["b", "a", "b"], id="list_keeps_its_order"),
        pytest.param("one text", ["one text"], id="one_text"),
        pytest.param([], [], id="empty_list"),
        pytest.param('["a", "b"]', ["a", "b"], id="list_written_as_a_string"),
        pytest.param("[]", [], id="empty_list_written_as_a_string"),
        pytest.param("[1, 2] are numbers", ["[1, 2] are numbers"], id="text_that_starts_with_a_bracket"),
        pytest.param("[1, 2]", ["[1, 2]"], id="list_of_numbers_written_as_a_string_is_a_text"),
        pytest.param([""], [""], id="empty_text"),
    ],
)
def test_read_request_takes_every_form_of_inputs(inputs: Any, texts: list[str]) -> None:
    assert read_request(body(inputs), JSON, 512).texts == texts
    assert read_request(body(inputs).encode(), "Application/JSON; charset=utf-8", 512).texts == texts


def test_read_request_texts_are_documents_unless_it_says_queries() -> None:
    assert read_request('{"inputs": ["a"]}', JSON, 512).input_type == "document"
    assert read_request('{"inputs": ["a"], "input_type": "document"}', JSON, 512).input_type == "document"
    assert read_request('{"inputs": ["a"], "input_type": "query"}', JSON, 512).input_type == "query"


@pytest.mark.parametrize(
    ("request_body", "content_type", "status", "message"),
    [
        pytest.param("{", JSON, 400, "not JSON", id="not_json"),
        pytest.param(b"\xff\xfe\x00", JSON, 400, "not JSON", id="not_utf8"),
        pytest.param('["a"]', JSON, 400, "The body is a JSON list", id="body_is_a_list"),
        pytest.param('{"input": ["a"]}', JSON, 400, "no inputs, only ['input']", id="inputs_missing"),
        pytest.param(body(None), JSON, 400, "inputs is a JSON null", id="inputs_null"),
        pytest.param(body({"a": 1}), JSON, 400, "inputs is a JSON object", id="inputs_object"),
        pytest.param(body(["a", 3, None]), JSON, 400, "inputs[1] is a JSON number", id="item_is_a_number"),
        pytest.param(body(["a", True]), JSON, 400, "inputs[1] is a JSON boolean", id="item_is_a_boolean"),
        pytest.param(body(["a"] * 4), JSON, 413, "4 texts. Valid: at most 3", id="too_many"),
        pytest.param(
            '{"inputs": ["a"], "input_type": "passage"}',
            JSON,
            400,
            "input_type is 'passage'. Valid: query, document",
            id="input_type_unknown",
        ),
        pytest.param(
            '{"inputs": ["a"], "input_type": ["query"]}', JSON, 400, "input_type is ['query']", id="input_type_list"
        ),
        pytest.param(body(["a"]), "text/csv", 415, "Content-Type is 'text/csv'", id="other_media_type"),
        pytest.param(body(["a"]), "", 415, "Content-Type is ''", id="no_media_type"),
    ],
)
def test_read_request_bad_request_is_a_4xx_that_says_what_is_wrong(
    request_body: str | bytes, content_type: str, status: int, message: str
) -> None:
    with pytest.raises(RequestError) as caught:
        read_request(request_body, content_type, 3)
    assert caught.value.status_code == status
    assert message in caught.value.message
    assert str(status) in str(caught.value)


@pytest.mark.parametrize("accept", [JSON, "*/*", "", "text/html, application/*;q=0.8"])
def test_write_embeddings_keeps_what_float32_holds(accept: str) -> None:
    rows = np.random.default_rng(1).standard_normal((3, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    text, content_type = write_embeddings(rows, accept)
    assert content_type == JSON
    assert np.abs(np.array(json.loads(text)["embeddings"]) - rows).max() < 1e-8
    assert len(text) < 3 * 384 * 13


def test_write_embeddings_of_nothing_is_an_empty_list() -> None:
    assert write_embeddings(np.zeros((0, 384), dtype=np.float32), JSON)[0] == '{"embeddings":[]}'


def test_write_embeddings_client_that_takes_no_json_gets_406() -> None:
    with pytest.raises(RequestError) as caught:
        write_embeddings(np.zeros((1, 2), dtype=np.float32), "text/csv")
    assert (caught.value.status_code, caught.value.phrase) == (406, "Not Acceptable")
