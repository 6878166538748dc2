"""Spans in a model's answer."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.highlight.spans import of_many_texts, of_one_text

ONE, TWO = {"start": 0.0, "end": 3.0}, {"start": 5.0, "end": 9.0}


def _answer(**data: Any) -> list[dict[str, Any]]:
    return [{"output": [{"name": "response", "dataAsMap": data}], "status_code": 200}]


@pytest.mark.parametrize(
    ("answer", "spans"),
    [
        (_answer(highlights=[ONE, TWO]), [ONE, TWO]),
        (_answer(highlights=[[ONE], [TWO]]), [ONE]),
        (_answer(highlights=[[], [TWO]]), []),
        (_answer(highlights=[]), []),
        (_answer(highlights="none"), []),
        (_answer(highlights=["a"]), []),
        (_answer(echo=1), []),
        ([{"status_code": 200}], []),
        ([], []),
    ],
    ids=["spans", "batch", "empty-batch", "empty", "text", "texts", "nothing", "no-output", "no-results"],
)
def test_of_one_text_answer_gives_its_spans(answer: Any, spans: Any) -> None:
    assert of_one_text(answer) == spans


def test_of_one_text_tensor_without_map_fails() -> None:
    with pytest.raises(OpenSearchError, match='because "dataMap" is null'):
        of_one_text([{"output": [{"name": "similarity", "data": [0.5]}]}])


@pytest.mark.parametrize(
    ("answer", "spans"),
    [
        (_answer(highlights=[[ONE], [], [TWO]]), [[ONE], [], [TWO]]),
        (_answer(highlights=[[None, {"start": 1.0}, TWO], None]), [[TWO], []]),
        (_answer(highlights=[ONE, TWO]), [[ONE, TWO]]),
        (_answer(highlights=[None, [ONE]]), [[]]),
        (_answer(highlights=[]), [[]]),
        (_answer(echo=1), [[]]),
        ([{"status_code": 200}], []),
    ],
    ids=["lists", "gaps", "one-text", "null-first", "empty", "nothing", "no-output"],
)
def test_of_many_texts_answer_gives_spans_by_text(answer: Any, spans: Any) -> None:
    assert of_many_texts(answer) == spans


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        ("x", "Expected highlights to be a List, but got: String"),
        ({"a": 1.0}, "Expected highlights to be a List, but got: LinkedTreeMap"),
        ([1.0], "Expected highlights to be a list of lists or list of maps, but got list of: Double"),
        ([[ONE], "x"], "Expected document highlights to be a List, but got: String"),
        ([[ONE, True]], "Expected highlight item to be a Map, but got: Boolean"),
    ],
    ids=["text", "map", "numbers", "text-among-lists", "boolean-among-maps"],
)
def test_of_many_texts_other_shapes_fail(found: Any, reason: str) -> None:
    with pytest.raises(OpenSearchError) as refused:
        of_many_texts(_answer(highlights=found))
    assert (refused.value.status, str(refused.value)) == (500, reason)
