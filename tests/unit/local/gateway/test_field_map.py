"""Field maps of ingest processors."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.field_map import slots


def _embedded(field_map: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    for text, put in slots(field_map, document):
        put(f"<{text}>")
    return document


@pytest.mark.parametrize(
    ("field_map", "document", "result"),
    [
        ({"text": "vec"}, {"text": "a"}, {"text": "a", "vec": "<a>"}),
        ({"text": "vec"}, {"text": "  "}, {"text": "  "}),
        ({"text": "vec"}, {"other": 1}, {"other": 1}),
        ({"a.b": "vec"}, {"a": {"b": "x"}}, {"a": {"b": "x", "vec": "<x>"}}),
        ({"a": {"b": "vec"}}, {"a.b": "x"}, {"a": {"b": "x", "vec": "<x>"}}),
        ({"a": {"b": "vec"}}, {"a": [{"b": "x"}, {"c": 1}]}, {"a": [{"b": "x", "vec": "<x>"}, {"c": 1}]}),
        ({"tags": "vec"}, {"tags": ["x", "y"]}, {"tags": ["x", "y"], "vec": [{"knn": "<x>"}, {"knn": "<y>"}]}),
    ],
)
def test_slots_texts_are_embedded_in_place(
    field_map: dict[str, Any], document: dict[str, Any], result: dict[str, Any]
) -> None:
    assert _embedded(field_map, document) == result


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"text": 1}, r"map type field \[text\] is neither string nor nested type"),
        ({"text": ["a", None]}, r"list type field \[text\] has null"),
        ({"text": [["a"]]}, r"list type field \[text\] is nested list type"),
        ({"text": [1]}, r"list type field \[text\] has non string value"),
    ],
)
def test_slots_wrong_type_is_refused(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        slots({"text": "vec"}, document)
