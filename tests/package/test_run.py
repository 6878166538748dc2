"""A whole run on the lowest Airflow, or the one that was asked for, with that one's own processes."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from packaging.version import Version

from include.retraining.config import PLACE
from local.demo.inputs import BUCKET
from local.postgres import NAME as POSTGRES
from local.processes import pause
from local.services import AWS, GATEWAY, OPENSEARCH
from tests.e2e.conftest import INDEX, PROJECT, closing_clients, environment_of, python, small_conf, world_of
from tests.e2e.test_highlighter import SMALL as HIGHLIGHTER
from tests.e2e.test_highlighter import SMALL_BENCHMARK
from tests.e2e.test_run import JUDGED
from tests.package.conftest import TARGETS, environment_with, unpack
from tests.package.running import OtherAirflow, environment_beside

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from tests.e2e.conftest import Run, World

TARGET = TARGETS[0]
CAN_ASK = Version(TARGET.airflow) >= Version("3.1")
SERVICES = (OPENSEARCH, GATEWAY, AWS, POSTGRES)
LINEAGE_SECONDS = 60
WAITING = ("training.train", "endpoint.create_endpoint")
"""Tasks that wait long enough, for a small corpus too, to be taken over by the triggerer."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lowest")


@pytest.fixture(scope="module")
def home(folder: Path, package: Path) -> Path:
    """AIRFLOW_HOME, with the package unpacked, and a model to be trained again by itself."""
    unpack(package, folder / "home")
    parameters = {**small_conf(), "model_name": "e2e-retraining", "promote": "never", "deferrable": True}
    entry = {"name": "lowest", "schedule": None, "parameters": parameters}
    (folder / "home" / "dags" / PLACE).write_text(yaml.safe_dump({"retraining": [entry]}), "utf-8")
    return folder / "home"


@pytest.fixture(scope="module")
def world(folder: Path, home: Path) -> Iterator[World]:
    interpreter = environment_with(TARGET)
    cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
    place = {"LOCAL_DIR": str(folder), "LOCAL_CACHE": cache}
    try:
        python(place, "local", "up", *SERVICES)
        environment = environment_beside(environment_of(place), home, folder / "lineage.jsonl")
        with (
            OtherAirflow(interpreter, environment, folder / "other").running(),
            _clients(environment, interpreter) as world,
        ):
            yield world
    finally:
        python(place, "local", "down", "--purge")


def _clients(environment: dict[str, str], interpreter: Path) -> AbstractContextManager[World]:
    return closing_clients(world_of(environment, str(interpreter)))


@pytest.fixture(scope="module")
def run(world: World) -> Run:
    """In production's mode: tasks wait in the triggerer."""
    return world.trigger(**JUDGED, deferrable=True)


@pytest.fixture(scope="module")
def lineage(folder: Path, run: Run) -> dict[str, dict[str, list[str]]]:
    """What OpenLineage's file transport was told of the run's finished tasks: task id to URIs of inputs and outputs."""
    assert run.state == "success"
    events = [json.loads(line) for line in (folder / "lineage.jsonl").read_text("utf-8").splitlines()]
    mine = [event for event in events if event["eventType"] == "COMPLETE" and _is_of(event, run)]
    return {
        event["job"]["name"].removeprefix("finetune_search_model."): {
            kind: [f"{dataset['namespace']}/{dataset['name']}" for dataset in event[kind]]
            for kind in ("inputs", "outputs")
        }
        for event in mine
    }


def _is_of(event: dict[str, Any], run: Run) -> bool:
    return bool(event["run"]["facets"].get("airflow", {}).get("dagRun", {}).get("run_id") == run.run_id)


def test_run_ends_well_with_a_deployed_model(world: World, run: Run):
    assert run.state == "success", run.explanation
    result = run.xcom("write_report")
    assert (result["deployed"], result["model_state"]) == (True, "DEPLOYED")
    assert world.search.plugins.ml.get_model(model_id=result["model_id"])["model_state"] == "DEPLOYED"


def test_run_waits_in_the_triggerer(home: Path, run: Run):
    """Airflow 3.0 hands `pre_execute` another operator than the one that runs: how to wait was lost on it."""
    folder = home / "logs" / "dag_id=finetune_search_model" / f"run_id={run.run_id}"
    waited = {log.parent.name.removeprefix("task_id=") for log in folder.rglob("*.trigger.*.log")}
    assert waited >= set(WAITING)


def test_run_shows_the_link_to_its_report(world: World, run: Run):
    url = f"/dags/finetune_search_model/dagRuns/{run.run_id}/taskInstances/write_report/links"
    links = world.airflow._client.get(url).raise_for_status().json()["extra_links"]
    assert links["Report"].endswith("/report/report.html")


def test_run_lineage_leads_from_the_index_to_the_model_and_its_evaluation(run: Run, lineage: dict[str, Any]):
    """From what each task wrote to the task that read it, as a catalogue of data joins them."""
    folder = run.xcom("write_report")["report"].removesuffix("report/report.html")
    exported, paired, trained, checked, compared = (
        lineage[task]
        for task in (
            "corpus.export_index",
            "queries.pair_queries",
            "training.train",
            "training.check_artifact",
            "evaluation.compare_models",
        )
    )
    assert [uri.partition("://")[0] for uri in exported["inputs"]] == ["opensearch"]
    assert exported["inputs"][0].endswith(f"/{INDEX}")
    assert exported["outputs"] == [f"{folder}raw-corpus/documents.jsonl"]
    assert set(exported["outputs"]) <= set(paired["inputs"])
    assert f"{folder}training-data/training_data.jsonl" in set(paired["outputs"]) & set(checked["inputs"])
    assert set(trained["outputs"]) <= set(checked["outputs"])
    assert f"{folder}model-artifacts/model.tar.gz" in checked["outputs"]
    assert set(checked["outputs"]) & set(compared["inputs"])
    assert compared["outputs"] == [f"{folder}evaluation/evaluation.json"]


@pytest.mark.usefixtures("run")
def test_run_as_a_whole_is_told_to_openlineage_from_its_start_to_its_end(folder: Path):
    """Its scheduler tells so in another process, so that the end may be told after the run has been seen to end."""
    began, told = time.monotonic(), set[str]()
    while not told >= {"START", "COMPLETE"} and time.monotonic() - began < LINEAGE_SECONDS:
        pause(0.5)
        events = [json.loads(line) for line in (folder / "lineage.jsonl").read_text("utf-8").splitlines()]
        told = {event["eventType"] for event in events if event["job"]["name"] == "finetune_search_model"}
    assert told >= {"START", "COMPLETE"}


@pytest.mark.skipif(CAN_ASK, reason="from Airflow 3.1 tasks can ask a person: there is nothing to refuse")
def test_approval_is_refused_before_anything_is_spent(world: World):
    before = world.spent()
    refused = world.trigger(approval=True)
    assert refused.tasks["plan_run"] == "failed"
    assert f"Airflow {TARGET.airflow} has no tasks that ask a person" in refused.explanation
    page = f"{world.environment['AIRFLOW__API__BASE_URL']}/dags/finetune_search_model/runs/"
    assert f"log:  {page}" in refused.explanation
    assert world.spent() == before


def test_cleanup_finds_nothing_of_a_run_that_ended_well(world: World, run: Run):
    """The model is deployed and in use, so neither it nor what it needs is an orphan."""
    done = world.trigger_other("cleanup_search_models", {"bucket": BUCKET, "older_than_hours": 0, "delete": True})
    assert done.state == "success", done.tasks
    model_id = run.xcom("write_report")["model_id"]
    assert world.search.plugins.ml.get_model(model_id=model_id)["model_state"] == "DEPLOYED"


def test_retraining_starts_a_run_whose_model_is_refused_and_ends_well(world: World):
    done = world.trigger_other("retrain_lowest", {})
    assert (done.state, done.tasks) == ("success", {"check_corpus": "success", "finetune": "success"})
    started = done.xcom("finetune", "trigger_run_id")
    assert world.airflow.run_state(started) == "success"
    assert world.airflow.xcom(started, "write_report")["deployed"] is False


@pytest.fixture(scope="module")
def highlighter(world: World) -> Run:
    return world.trigger(**HIGHLIGHTER, deferrable=True)


def test_sparse_run_ends_well_with_deployed_documents_side(world: World):
    done = world.trigger(model_name="e2e-sparse", model_type="sparse", deferrable=True)
    assert done.state == "success", done.explanation
    assert done.xcom("write_report")["model_state"] == "DEPLOYED"


def test_highlighter_run_ends_well_with_checked_spans(highlighter: Run):
    assert highlighter.state == "success", highlighter.explanation
    assert highlighter.xcom("write_report")["smoke_spans"] > 0


def test_benchmark_of_the_highlighter_passes(world: World, highlighter: Run):
    measured = world.benchmark(**SMALL_BENCHMARK, model_id=highlighter.xcom("write_report")["model_id"])
    assert measured.state == "success", measured.tasks


def test_rollback_goes_back_to_the_model_before(world: World, run: Run):
    """After a second deployment of the same model name."""
    second = world.trigger(**JUDGED, deferrable=True, seed=7)
    assert second.state == "success", second.explanation
    done = world.trigger_other("rollback_search_model", {"bucket": BUCKET, "model_name": small_conf()["model_name"]})
    assert done.state == "success", done.tasks
    model_id = run.xcom("write_report")["model_id"]
    assert world.search.plugins.ml.get_model(model_id=model_id)["model_state"] == "DEPLOYED"
