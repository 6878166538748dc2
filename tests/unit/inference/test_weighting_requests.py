"""What a sparse endpoint is asked and answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from include.inference.errors import RequestError
from include.inference.weighting.requests import read_request, write_weights


@pytest.mark.parametrize(
    ("body", "side"),
    [
        pytest.param({"inputs": ["a"]}, "document", id="not-given"),
        pytest.param({"inputs": ["a"], "input_type": "document"}, "document", id="document"),
        pytest.param({"inputs": ["a"], "input_type": "query"}, "query", id="query"),
    ],
)
def test_read_request_gives_texts_and_side(body: dict[str, Any], side: str) -> None:
    assert read_request(json.dumps(body), "application/json", 8) == (["a"], side)


@pytest.mark.parametrize("side", ["passage", None, 3, ["query"]])
def test_read_request_another_side_is_refused(side: Any) -> None:
    with pytest.raises(RequestError, match=r"input_type is .* Valid: 'query', 'document'") as caught:
        read_request(json.dumps({"inputs": ["a"], "input_type": side}), "application/json", 8)
    assert caught.value.status_code == 400


def test_write_weights_is_a_bare_list_as_ml_commons_wants_it() -> None:
    body, media_type = write_weights([{"naïve": 1.5, "##s": 0.25}, {}], "*/*")

    assert json.loads(body) == [{"naïve": 1.5, "##s": 0.25}, {}]
    assert media_type == "application/json"
