"""The requests that the report tells its reader to send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from include.report.render import render_report
from include.report.usage import usage

if TYPE_CHECKING:
    from collections.abc import Callable


def bodies(text: str) -> list[Any]:
    """What is sent, request by request."""
    return [_body(part) for part in text.split("\n\n")]


def _body(request: str) -> Any:
    line, _, body = request.partition("\n")
    return [json.loads(each) for each in body.splitlines()] if line.endswith("_bulk") else json.loads(body)


@pytest.mark.parametrize(
    ("kind", "clause", "field", "mapping"),
    [
        pytest.param("dense", "neural", "text_embedding", "knn_vector", id="dense"),
        pytest.param("sparse", "neural_sparse", "text_sparse", "rank_features", id="sparse"),
    ],
)
def test_usage_names_the_pipelines_and_no_model(
    make_report: Callable[..., Any], kind: str, clause: str, field: str, mapping: str
) -> None:
    report = make_report(model_type=kind)
    report["registration"] |= {"ingest_pipeline": "the-run", "search_pipeline": "the-run", "query_model_id": "m2"}

    index, documents, search = bodies(usage(report))

    assert (
        index["settings"]["index.default_pipeline"] == index["settings"]["index.search.default_pipeline"] == "the-run"
    )
    assert index["mappings"]["properties"][field]["type"] == mapping
    assert documents[1] == {"text": "a document"}
    assert search["query"][clause][field]["query_text"] == "what you look for"
    assert "model_id" not in json.dumps(search)


def test_usage_of_a_highlighter_names_the_model(make_report: Callable[..., Any]) -> None:
    report = make_report(model_type="highlighter")

    assert json.loads(usage(report))["highlight"]["options"] == {"model_id": "m1"}


def test_report_of_a_sparse_model_tells_of_both_sides(make_report: Callable[..., Any]) -> None:
    report = make_report(model_type="sparse")
    report["registration"] |= {"ingest_pipeline": "the-run", "search_pipeline": "the-run", "query_model_id": "m2"}

    page = render_report(report)

    assert "before training" in page
    assert "<code>m2</code>" in page
    assert "<code>the-run</code>" in page
