"""A highlighter through the real scheduler: trained, deployed, measured; and the benchmark's own DAG."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from include.highlighting import SemanticHighlighter
from local.demo.inputs import BUCKET
from tests.e2e.conftest import INDEX

if TYPE_CHECKING:
    from tests.e2e.conftest import Run, World

SMALL = {
    "model_name": "e2e-highlighter",
    "model_type": "highlighter",
    "max_sequence_length": 96,
    "export_formats": ["onnx"],
    "benchmark_queries": 3,
    "benchmark_hits": [1, 5],
    "benchmark_clients": [1],
}
SMALL_BENCHMARK = {
    "index_name": INDEX,
    "text_field": "body.text",
    "bucket": BUCKET,
    "paths": ["predict"],
    "hits": [5],
    "clients": [1, 2],
    "document_lengths": ["mixed"],
    "measured_queries": 3,
    "warmup_queries": 1,
}
SKIPPED = (
    "corpus.read_jsonl",
    "evaluation.create_bm25_index",
    "evaluation.search_with_bm25",
    "evaluation.find_candidates",
    "evaluation.delete_bm25_index",
    "evaluation.create_evaluation_index",
    "evaluation.search_with_models",
    "evaluation.delete_evaluation_index",
    "evaluation.approve_promotion",
    "explain_failure",
    "release_run",
)


@pytest.fixture(scope="module")
def run(world: World) -> Run:
    return world.trigger(**SMALL)


@pytest.fixture(scope="module")
def report(world: World, run: Run) -> dict[str, Any]:
    return dict(json.loads(read(world, run, "report/report.json")))


def read(world: World, run: Run, path: str) -> bytes:
    folder = run.xcom("write_report")["report"].removeprefix(f"s3://{BUCKET}/").removesuffix("report/report.html")
    return bytes(world.client("s3").get_object(Bucket=BUCKET, Key=folder + path)["Body"].read())


def test_highlighter_run_ends_well_without_a_bm25_index(run: Run):
    assert run.state == "success", run.explanation
    assert run.tasks == {**dict.fromkeys(run.tasks, "success"), **dict.fromkeys(SKIPPED, "skipped")}


def test_highlighter_run_compares_sentences_and_checks_the_deployed_spans(run: Run, report: dict[str, Any]):
    found = report["evaluation"]["heldout"]
    assert report["measure"] == "F1"
    assert {"bm25", "embedding", "tuned"} <= set(found)
    assert run.xcom("write_report")["smoke_spans"] == 3


def test_highlighter_run_measures_single_against_batch_with_equal_spans(world: World, run: Run, report: dict[str, Any]):
    benchmark = report["benchmark"]
    assert {(row["path"], row["hits"]) for row in benchmark["rows"]} >= {("predict", 1), ("predict", 5)}
    cells = json.loads(read(world, run, "benchmark/benchmark.json"))["cells"]
    parities = [cell["parity"] for cell in cells if cell["path"] == "predict"]
    assert [(parity["documents"] > 0, parity["differing"]) for parity in parities] == [(True, 0)] * 2
    # The index has its text in an object's field, which OpenSearch's own batch mode passes over in silence.
    assert any("batch mode returned 0 highlights" in reason for reason in benchmark["reasons"])


def test_highlighter_archive_has_the_formats_that_were_asked_for(world: World, run: Run):
    with tarfile.open(fileobj=io.BytesIO(read(world, run, "model-artifacts/model.tar.gz")), mode="r:gz") as archive:
        names = {name.removeprefix("./") for name in archive.getnames()}
    assert {"model.safetensors", "highlighter.json", "highlighter.onnx", "code/serving/highlighter.py"} <= names


def test_highlighter_marks_hits_through_opensearch_and_through_the_client(world: World, run: Run):
    model_id = run.xcom("write_report")["model_id"]
    highlight = {"fields": {"body.text": {"type": "semantic"}}, "options": {"model_id": model_id}}
    body = {"size": 3, "query": {"match": {"body.text": "delete a user"}}, "highlight": highlight}

    of_server = world.search.search(index=INDEX, body=body)["hits"]["hits"]
    of_client = SemanticHighlighter(world.search, use_batch=True).search(INDEX, body)

    assert of_client.report.complete
    marked = [hit["highlight"]["body.text"] for hit in of_client["hits"]["hits"]]
    assert all("<em>" in text for (text,) in marked)
    assert [hit["highlight"]["body.text"] for hit in of_server] == marked


def test_benchmark_dag_measures_the_deployed_highlighter(world: World, run: Run):
    measured = world.benchmark(**SMALL_BENCHMARK, model_id=run.xcom("write_report")["model_id"])

    assert measured.state == "success", measured.tasks
    written = measured.xcom("write_benchmark_report")
    result = json.loads(read_uri(world, written["result"]))
    assert result["verdict"] == {"passed": True, "reasons": []}
    assert result["parity"]["differing"] == 0
    assert b"<svg" in read_uri(world, written["report"])


def read_uri(world: World, uri: str) -> bytes:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    return bytes(world.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())
