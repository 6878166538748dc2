"""The main job through the real scheduler: from an index, and from JSONL, to a deployed model."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx
import pytest

from local.aws.bedrock.model_ids import QUERY_WRITER
from local.demo.inputs import BUCKET
from local.services import PRICES
from tests.e2e.conftest import PROJECT, small_conf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.e2e.conftest import Run, World

JUDGED = {
    "eval_queries_s3_path": f"s3://{BUCKET}/e2e/queries.jsonl",
    "eval_qrels_s3_path": f"s3://{BUCKET}/e2e/qrels.tsv",
}


THROTTLED = {"operation": "CreateTrainingJob", "code": "ResourceLimitExceeded", "message": "limit", "status": 400}


@pytest.fixture(scope="module")
def run_and_question(world: World) -> Iterator[tuple[Run, dict[str, Any]]]:
    """From an index, through the scheduler, with a person asked; the first training job meets the account's limit."""
    world.inject({**THROTTLED, "times": 1})
    run_id = world.start_by_command(**JUDGED, approval=True)
    asked = world.approve(run_id)
    yield world.wait(run_id), asked
    world.inject()


@pytest.fixture(scope="module")
def run(run_and_question: tuple[Run, dict[str, Any]]) -> Run:
    return run_and_question[0]


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
    unasked = ("corpus.read_jsonl", "evaluation.find_candidates", "benchmark_highlighter")
    others = (*unasked, "explain_failure", "release_run")
    assert run.tasks == {**dict.fromkeys(run.tasks, "success"), **dict.fromkeys(others, "skipped")}


def test_run_leaves_a_model_that_opensearch_answers_with(world: World, run: Run):
    result = run.xcom("write_report")
    assert result["model_state"] == "DEPLOYED"
    assert result["smoke_cosine"] >= 0.999
    found = world.search.plugins.ml.get_model(model_id=result["model_id"])
    assert (found["model_state"], found["connector_id"]) == ("DEPLOYED", result["connector_id"])


def test_run_leaves_pipelines_that_embed_without_naming_a_model(world: World, run: Run):
    result = run.xcom("write_report")
    assert result["query_model_id"] == result["model_id"], "MiniLM has no prefixes"
    found = world.search.ingest.get_pipeline(id=result["ingest_pipeline"])[result["ingest_pipeline"]]
    assert found["processors"][0]["text_embedding"]["model_id"] == result["model_id"]
    found = world.search.search_pipeline.get(id=result["search_pipeline"])[result["search_pipeline"]]
    assert found["request_processors"] == [{"neural_query_enricher": {"default_model_id": result["model_id"]}}]


def test_run_compares_all_systems_on_judged_and_held_out_queries(world: World, run: Run):
    report = json.loads(read(world, run, "report/report.json"))
    assert report["decided_on"] == "judged"
    for found in report["evaluation"].values():
        for system in ("bm25", "base", "tuned", "base+bm25", "tuned+bm25"):
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


def test_run_estimated_what_the_stand_in_metered(world: World, run: Run):
    """Within 10 %, by the price table; the stand-in counts with a tokenizer that the estimate knows nothing of."""
    report = json.loads(read(world, run, "report/report.json"))
    name = run.xcom("plan_run", "name")
    usage = httpx.get(f"{world.environment['AWS_ENDPOINT_URL']}/_local/usage").raise_for_status().json()
    metered = [job for job in usage["batch_jobs"] if job["jobName"].startswith(name)]
    tokens = {kind: sum(job[kind] for job in metered) for kind in ("inputTokens", "outputTokens")}
    prices = PRICES["bedrock_batch_usd_per_1000_tokens"][QUERY_WRITER]
    usd = (tokens["inputTokens"] * prices["input"] + tokens["outputTokens"] * prices["output"]) / 1000
    queries, training = report["cost"]["parts"]
    assert queries["actual_usd"] == pytest.approx(usd, abs=1e-6)
    assert queries["estimated_usd"] == pytest.approx(usd, rel=0.1)
    [job] = [job for job in usage["training_jobs"] if job["jobName"].startswith(name)]
    assert training["actual"] == f"{job['billableSeconds']:,} billable seconds"
    assert report["cost"]["actual_usd"] == pytest.approx(queries["actual_usd"] + training["actual_usd"])


def test_run_asks_a_person_with_the_cost(run_and_question: tuple[Run, dict[str, Any]]):
    _, asked = run_and_question
    assert "| cost | estimated | actual |" in asked["body"]
    assert "The endpoint costs $0.1150 an hour, until it is deleted." in asked["body"]


def test_run_leaves_no_temporary_index(world: World, run: Run):
    assert not [name for name in world.search.indices.get_alias(index="*") if name.endswith(("-bm25", "-evaluation"))]


def test_run_asks_a_person_with_the_figures_and_goes_on_when_told_so(
    world: World, run_and_question: tuple[Run, dict[str, Any]]
):
    run, asked = run_and_question
    assert asked["subject"] == f"Deploy {run.xcom('plan_run', 'name')}?"
    assert "The tuned model is promoted because promote is 'always'" in asked["body"]
    assert "| tuned+bm25 | 0." in asked["body"]
    assert json.loads(read(world, run, "report/report.json"))["approval"]["approved"]


def test_run_leaves_runs_and_collection_for_other_tools(world: World, run: Run):
    corpus = lines(world, run, "evaluation/beir/corpus.jsonl")
    queries = {query["_id"] for query in lines(world, run, "evaluation/beir/judged/queries.jsonl")}
    judged = read(world, run, "evaluation/beir/judged/qrels/test.tsv").splitlines()[1:]
    assert queries == {line.split("\t")[0] for line in judged}
    assert len(queries) == 40
    for system in ("bm25", "base", "tuned", "base+bm25", "tuned+bm25"):
        found = {line.split()[2] for line in read(world, run, f"evaluation/runs/judged.{system}.trec").splitlines()}
        assert found <= {quote(document["_id"]) for document in corpus}


def test_rollback_goes_back_to_the_model_of_the_run(world: World, run: Run):
    """A second promotion is made up: the same model once more, behind the same endpoint."""
    result, ml = run.xcom("write_report"), world.search.plugins.ml
    ids = {name: result[name] for name in ("model_group_id", "connector_id")}
    newer = ml.register_model(body={"name": "e2e-newer", "function_name": "remote", **ids})["model_id"]
    ml.deploy_model(model_id=newer)
    key = "search-models/e2e-search/promotions.json"
    s3 = world.client("s3")
    [promoted] = json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    entries = [promoted, {**promoted, "run": "newer", "model_id": newer, "query_model_id": newer}]
    s3.put_object(Bucket=BUCKET, Key=key, Body=json.dumps(entries).encode())
    ml.undeploy_model(model_id=result["model_id"])

    done = world.trigger_other("rollback_search_model", {"model_name": "e2e-search", "bucket": BUCKET})

    assert done.state == "success", done.tasks
    assert done.xcom("roll_back")["model_id"] == result["model_id"]
    states = [ml.get_model(model_id=model_id)["model_state"] for model_id in (result["model_id"], newer)]
    assert states == ["DEPLOYED", "UNDEPLOYED"]
    kinds = [entry["kind"] for entry in json.loads(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())]
    assert kinds == ["promotion", "promotion", "rollback"]


def test_training_that_met_the_limit_is_tried_again_and_one_job_is_paid(world: World, run: Run):
    assert [task.tries for task in run.ended if task.task_id == "training.train"] == [2]
    jobs = world.client("sagemaker").list_training_jobs(NameContains=run.xcom("plan_run", "name"))
    assert len(jobs["TrainingJobSummaries"]) == 1


def test_run_from_jsonl_in_deferred_mode_compares_on_held_out_queries(world: World, tmp_path: Path):
    """By `dag.test`, which runs triggers itself: production's mode, in which the LocalExecutor loses fast tasks."""
    conf = {**small_conf(), **put_jsonl(world), "model_name": "e2e-deferred", "deferrable": True}
    environment = {
        **os.environ,
        **world.environment,
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",  # else the scheduler would join in
    }
    script = (
        "import json, sys; from finetune_search_model import dag; "
        "print('ended', dag.test(run_conf=json.loads(sys.argv[1])).state)"
    )
    for command in (["-m", "airflow", "db", "migrate"], ["-c", script, json.dumps(conf)]):
        done = subprocess.run(
            [sys.executable, *command],
            env=environment,
            cwd=PROJECT / "dags",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert "ended success" in done.stdout, done.stdout + done.stderr
    assert "Pausing task as DEFERRED" in done.stdout + done.stderr
    prefix = "search-models/e2e-deferred/"
    keys = [o["Key"] for o in world.client("s3").list_objects_v2(Bucket=BUCKET, Prefix=prefix)["Contents"]]
    [key] = [key for key in keys if key.endswith("report/report.json")]
    report = json.loads(world.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert report["decided_on"] == "heldout"
    assert report["phases"]["corpus"]["counts"]["bad_lines"] == 1
