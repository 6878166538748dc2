"""`filter_path`."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.filter_path import filtered

BODY: dict[str, Any] = {
    "took": 1,
    "hits": {"total": 2, "hits": [{"_id": "1", "_source": {"a": 1, "b": 2}}, {"_id": "2", "_source": {"b": 3}}]},
    "plugins.ml": "flat",
}


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("took", {"took": 1}),
        ("hits.hits._id", {"hits": {"hits": [{"_id": "1"}, {"_id": "2"}]}}),
        ("hits.hits._source.a", {"hits": {"hits": [{"_source": {"a": 1}}]}}),
        ("hits.t*", {"hits": {"total": 2}}),
        ("**.b", {"hits": {"hits": [{"_source": {"b": 2}}, {"_source": {"b": 3}}]}}),
        ("-hits", {"took": 1, "plugins.ml": "flat"}),
        ("took,hits.total", {"took": 1, "hits": {"total": 2}}),
        ("**.plugins.ml", {}),
        ("nothing", {}),
    ],
)
def test_filtered_expression_keeps_what_it_names(expression: str, found: Any) -> None:
    assert filtered(BODY, expression) == found
