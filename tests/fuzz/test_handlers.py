"""What clients send to an endpoint: a request, or a 4xx."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from include.inference.errors import RequestError
from include.inference.highlighting.requests import read_request as read_highlight_request
from include.inference.highlighting.serving import Serving
from include.inference.requests import INPUT_TYPES, JSON, check_accept, read_request
from tests.fuzz.counting import fuzz
from tests.fuzz.strategies import lines, nearly, texts

LIMITS = Serving(max_items=3, max_item_characters=60, max_total_characters=120, max_question_characters=20)
types = st.one_of(st.just(JSON), st.just(JSON), st.sampled_from([f"{JSON}; charset=utf-8", "text/plain", ""]), texts)
many_texts = st.lists(texts, max_size=4)
inputs = st.one_of(many_texts, texts, many_texts.map(json.dumps))
items = nearly({"question": texts, "context": texts})
many_items = st.lists(items, max_size=4)
dense = nearly({"inputs": inputs, "input_type": st.sampled_from(INPUT_TYPES)})
highlight = nearly({"question": texts, "context": texts, "inputs": st.one_of(many_items, many_items.map(json.dumps))})


@fuzz(4_000, body=lines(dense), content_type=types)
def test_embedding_request(body: bytes, content_type: str) -> None:
    """A sparse model's endpoint reads the same requests."""
    try:
        found = read_request(body, content_type, 3)
    except RequestError as error:
        assert 400 <= error.status_code < 500
        error.message.encode()
        return
    assert len(found.texts) <= 3
    "".join(found.texts).encode()  # no tokenizer takes half of a surrogate pair


@fuzz(4_000, body=lines(highlight), content_type=types)
def test_highlight_request(body: bytes, content_type: str) -> None:
    try:
        found = read_highlight_request(body, content_type, LIMITS)
    except RequestError as error:
        assert 400 <= error.status_code < 500
        error.message.encode()
        return
    for number, item in enumerate(found.items):
        assert (item is None) == (number in found.errors)
        if item is not None:
            f"{item.question}{item.context}".encode()
    json.dumps(found.errors).encode()


@fuzz(1_500, accept=st.one_of(types, st.lists(types).map(",".join)))
def test_accept(accept: str) -> None:
    try:
        check_accept(accept)
    except RequestError as error:
        assert error.status_code == 406
