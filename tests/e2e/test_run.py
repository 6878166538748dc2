"""The main job through the real scheduler: from an index, and from JSONL, to a deployed model."""

from __future__ import annotations

import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from local.demo.inputs import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.conftest import Run, World

JUDGED = {
    "eval_queries_s3_path": f"s3://{BUCKET}/e2e/queries.jsonl",
    "eval_qrels_s3_path": f"s3://{BUCKET}/e2e/qrels.tsv",
}


THROTTLED = {"operation": "CreateTrainingJob", "code": "ResourceLimitExceeded", "message": "limit", "status": 400}


@pytest.fixture(scope="module")
def runs(world: World) -> Iterator[dict[str, Run]]:
    """Both inputs at the same time; the first request for a training job meets the account's limit."""
    world.inject({**THROTTLED, "times": 1})
    started = {"index": world.start(**JUDGED), "jsonl": world.start(**put_jsonl(world))}
    yield {name: world.wait(run_id) for name, run_id in started.items()}
    world.inject()


@pytest.fixture
def run(runs: dict[str, Run]) -> Run:
    return runs["index"]


def put_jsonl(world: World) -> dict[str, Any]:
    hits = world.search.search(index="e2e-documents", body={"size": 200})["hits"]["hits"]
    rows = ({"id": f"document {n}", "text": hit["_source"]["body"]["text"]} for n, hit in enumerate(hits))
    body = "".join(json.dumps(row) + "\n" for row in rows) + "{broken\n"
    world.client("s3").put_object(Bucket=BUCKET, Key="e2e/corpus/part-1.jsonl", Body=body.encode())
    return {"input_type": "s3", "index_name": None, "s3_corpus_path": f"s3://{BUCKET}/e2e/corpus/"}


def read(world: World, run: Run, path: str) -> str:
    folder = run.xcom("write_report")["report"].removeprefix(f"s3://{BUCKET}/").removesuffix("report/report.html")
    return str(world.client("s3").get_object(Bucket=BUCKET, Key=folder + path)["Body"].read().decode())


def lines(world: World, run: Run, path: str) -> list[Any]:
    return [json.loads(line) for line in read(world, run, path).splitlines()]


def test_run_from_an_index_ends_well_with_every_phase(run: Run):
    assert run.state == "success", run.explanation
    others = {"corpus.read_jsonl": "skipped", "explain_failure": "skipped"}
    assert run.tasks == {**dict.fromkeys(run.tasks, "success"), **others}


def test_run_leaves_a_model_that_opensearch_answers_with(world: World, run: Run):
    result = run.xcom("write_report")
    assert result["model_state"] == "DEPLOYED"
    assert result["smoke_cosine"] >= 0.999
    found = world.search.plugins.ml.get_model(model_id=result["model_id"])
    assert (found["model_state"], found["connector_id"]) == ("DEPLOYED", result["connector_id"])


def test_run_compares_all_systems_on_judged_and_held_out_queries(world: World, run: Run):
    report = json.loads(read(world, run, "report/report.json"))
    assert report["decided_on"] == "judged"
    for found in report["evaluation"].values():
        for system in ("bm25", "base", "tuned"):
            estimate = found[system]["nDCG@10"]
            assert 0 <= estimate["low"] <= estimate["value"] <= estimate["high"] <= 1
    assert report["evaluation"]["judged"]["n_queries"] == 40
    assert report["settings"]["queries"]["bedrock_model_id"] == "local.extractive-query-writer"


def test_run_keeps_judged_and_held_out_queries_out_of_training(world: World, run: Run):
    pairs = lines(world, run, "training-data/training_data.jsonl")
    trained = {pair["query"].casefold() for pair in pairs}
    for name in ("judged", "heldout"):
        assert not trained & {q["text"].casefold() for q in lines(world, run, f"evaluation-sets/{name}/queries.jsonl")}
    held_out = set(lines(world, run, "training-data/held_out_ids.jsonl"))
    documents = {d["text"]: d["id"] for d in lines(world, run, "raw-corpus/documents.jsonl")}
    assert held_out
    assert not held_out & {documents[pair["document"]] for pair in pairs}


def test_run_searches_judged_documents_that_the_sample_lacks(world: World, run: Run):
    sampled = {d["id"] for d in lines(world, run, "raw-corpus/documents.jsonl")}
    beside = {d["id"] for d in lines(world, run, "raw-corpus/judged_documents.jsonl")}
    assert len(sampled) == 160
    assert beside
    assert not sampled & beside


def test_run_leaves_an_archive_without_pickles_and_a_manifest_in_each_phase(world: World, run: Run):
    folder = run.xcom("write_report")["report"].removeprefix(f"s3://{BUCKET}/").removesuffix("report/report.html")
    body = world.client("s3").get_object(Bucket=BUCKET, Key=f"{folder}model-artifacts/model.tar.gz")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        names = {name.removeprefix("./") for name in archive.getnames()}
    assert {"model.safetensors", "modules.json", "README.md", "code/inference.py"} <= names
    assert not [name for name in names if name.endswith((".bin", ".pkl", ".pt"))]
    for phase in ("raw-corpus", "training-data", "model-artifacts", "evaluation"):
        manifest = json.loads(read(world, run, f"{phase}/manifest.json"))
        assert manifest["outputs"]
        assert manifest["code_version"]


def test_run_leaves_no_temporary_index(world: World, run: Run):
    assert not [name for name in world.search.indices.get_alias(index="*") if name.endswith("-bm25")]


def test_run_from_jsonl_without_judged_queries_compares_on_held_out_ones(world: World, runs: dict[str, Run]):
    run = runs["jsonl"]
    assert run.state == "success", run.explanation
    assert run.tasks["corpus.export_index"] == "skipped"
    report = json.loads(read(world, run, "report/report.json"))
    assert report["decided_on"] == "heldout"
    assert report["phases"]["corpus"]["counts"]["bad_lines"] == 1


def test_training_that_met_the_limit_is_tried_again_and_one_job_a_run_is_paid(world: World, runs: dict[str, Run]):
    assert [run.state for run in runs.values()] == ["success", "success"]
    names = {run.xcom("plan_run", "name") for run in runs.values()}
    jobs = world.client("sagemaker").list_training_jobs(MaxResults=100)["TrainingJobSummaries"]
    assert sorted(job["TrainingJobName"] for job in jobs if job["TrainingJobName"] in names) == sorted(names)
    tries = [task.tries for run in runs.values() for task in run.ended if task.task_id == "training.train"]
    assert sorted(tries) == [1, 2]
