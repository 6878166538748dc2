from __future__ import annotations

import json
from typing import Any

import pytest

from include.inference.errors import RequestError
from include.inference.highlighting.requests import Item, read_request
from include.inference.highlighting.serving import Serving, read_serving

JSON = "application/json"
ITEM = {"question": "where", "context": "here"}
LIMITS = Serving(max_items=3, max_item_characters=20, max_total_characters=40, max_question_characters=10)


def read(body: Any) -> Any:
    return read_request(json.dumps(body), JSON, LIMITS)


@pytest.mark.parametrize(
    ("body", "batch", "items"),
    [
        pytest.param(ITEM, False, 1, id="single"),
        pytest.param({**ITEM, "inputs": None}, False, 1, id="single_with_null_inputs"),
        pytest.param({**ITEM, "inputs": []}, False, 1, id="single_with_empty_inputs"),
        pytest.param({**ITEM, "inputs": "[]"}, False, 1, id="single_with_empty_inputs_as_a_string"),
        pytest.param({**ITEM, "inputs": "null"}, False, 1, id="single_with_null_as_a_string"),
        pytest.param({"question": "", "context": "", "inputs": [ITEM, ITEM]}, True, 2, id="batch_in_the_template"),
        pytest.param({"question": "", "context": "", "inputs": []}, True, 0, id="batch_of_nothing"),
        pytest.param({"inputs": [ITEM]}, True, 1, id="batch_of_one"),
        pytest.param({"inputs": json.dumps([ITEM, ITEM])}, True, 2, id="batch_as_a_string"),
    ],
)
def test_read_request_takes_every_form(body: Any, batch: bool, items: int) -> None:
    request = read(body)
    assert (request.batch, request.items, request.errors) == (batch, [Item("where", "here")] * items, {})


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        pytest.param(3, "JSON number", id="number"),
        pytest.param(None, "JSON null", id="null"),
        pytest.param({"question": "q"}, "no context", id="no_context"),
        pytest.param({"context": "c"}, "no question", id="no_question"),
        pytest.param({"question": "q", "context": None}, "context is a JSON null", id="null_context"),
        pytest.param({"question": ["q"], "context": "c"}, "question is a JSON list", id="list_as_question"),
        pytest.param({"question": " ", "context": "c"}, "question is empty", id="blank_question"),
        pytest.param({"question": "q", "context": "c" * 21}, "Valid: at most 20", id="context_too_long"),
    ],
)
def test_read_request_bad_item_does_not_fail_the_others(bad: Any, message: str) -> None:
    request = read({"inputs": [ITEM, bad, ITEM]})
    assert request.items == [Item("where", "here"), None, Item("where", "here")]
    assert list(request.errors) == [1]
    assert message in request.errors[1]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param({"question": "q"}, 400, id="single_without_context"),
        pytest.param({"question": "", "context": "c"}, 400, id="single_without_question"),
        pytest.param({"question": "q", "context": "c" * 21}, 413, id="single_too_long"),
        pytest.param({"inputs": [ITEM] * 4}, 413, id="too_many_items"),
        pytest.param({"inputs": [{"question": "q", "context": "c" * 19}] * 3}, 413, id="too_many_characters"),
        pytest.param({"inputs": "not json"}, 400, id="string_that_is_no_list"),
        pytest.param({"inputs": {"question": "q"}}, 400, id="object_as_inputs"),
        pytest.param([ITEM], 400, id="bare_list"),
        pytest.param({}, 400, id="nothing"),
    ],
)
def test_read_request_that_cannot_be_answered_says_what_is_valid(body: Any, status: int) -> None:
    with pytest.raises(RequestError, match="Valid: ") as caught:
        read(body)
    assert caught.value.status_code == status


@pytest.mark.parametrize("body", ["{", "", "[" * 100_000], ids=["half", "empty", "deep"])
def test_read_request_not_json_is_400(body: str) -> None:
    with pytest.raises(RequestError, match="not JSON") as caught:
        read_request(body, JSON, LIMITS)
    assert caught.value.status_code == 400


def test_read_request_another_media_type_is_415() -> None:
    with pytest.raises(RequestError, match="text/csv") as caught:
        read_request("{}", "text/csv", LIMITS)
    assert caught.value.status_code == 415


def test_read_request_long_question_is_cut() -> None:
    assert read({"question": "q" * 11, "context": "c"}).items == [Item("q" * 10, "c")]


def test_read_request_half_a_surrogate_pair_keeps_its_place() -> None:
    request = read_request('{"question": "q\\ud83d", "context": "a\\ude80b \\ud83d\\ude80"}', JSON, LIMITS)
    assert request.items == [Item("q\ufffd", "a\ufffdb \U0001f680")]


def test_read_serving_environment_overrides_the_defaults() -> None:
    found = read_serving({"SERVING_MAX_ITEMS": "7", "SERVING_BATCH_WAIT_MS": "0.5", "SERVING_PRECISION": ""})
    assert found == Serving(max_items=7, batch_wait_ms=0.5)


@pytest.mark.parametrize(
    "environment",
    [
        {"SERVING_MAX_ITEMS": "many"},
        {"SERVING_MAX_ITEMS": "0"},
        {"SERVING_WORKERS": "-1"},
        {"SERVING_BATCH_WAIT_MS": "nan"},
        {"SERVING_PRECISION": "fp8"},
        {"SERVING_BACKEND": "tensorflow"},
    ],
    ids=str,
)
def test_read_serving_bad_value_says_what_is_valid(environment: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Valid"):
        read_serving(environment)
