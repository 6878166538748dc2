"""A schedule of a minute in the real Airflow: trains and promotes, skips the unchanged corpus, and does so again.

Beside the end-to-end tests, as it waits for full minutes.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from opensearchpy.helpers import bulk

from include.promotion.record import promotions_uri
from include.promotion.store import read_promotions
from include.retraining.config import VARIABLE
from local.demo.airflow_api import Airflow
from local.demo.inputs import BUCKET
from local.processes import pause
from tests.e2e.conftest import INDEX, small_conf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.e2e.conftest import Run, World

CORPUS = MODEL = "e2e-retraining"
QUICK = {"evaluation_engine": "container"}
WITHIN_SECONDS = 300
ASSET = "opensearch://search/e2e-retraining"
EVERY_MINUTE = "* * * * *"


def schedule(world: World, *entries: dict[str, Any]) -> None:
    """Write the file of the schedules, and have it read."""
    never = {"name": "never", "schedule": None}
    Path(world.place[VARIABLE]).write_text(yaml.safe_dump({"retraining": [never, *entries]}), "utf-8")
    airflow = Airflow(world.airflow.url, "retrain_never")
    wait_for(airflow.knows_dag)
    airflow.parse_again()
    airflow.close()


def wait_for(condition: Callable[[], Any]) -> None:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < WITHIN_SECONDS
        pause(0.5)


@dataclasses.dataclass
class Scheduled:
    """The runs of one scheduled DAG."""

    world: World
    airflow: Airflow

    def run(self, number: int) -> Run:
        """The run of that number, from 0, which nobody triggers; once it has ended."""
        wait_for(lambda: len(self.airflow.run_ids()) > number)
        return dataclasses.replace(self.world, airflow=self.airflow).wait(self.airflow.run_ids()[number])

    def trained(self, number: int) -> Run:
        """The first run from that number on that was not skipped."""
        run = self.run(number)
        return run if run.tasks["check_corpus"] == "success" else self.trained(number + 1)


@pytest.fixture(scope="module")
def scheduled(world: World) -> Iterator[Scheduled]:
    hits = world.search.search(index=INDEX, body={"size": 200, "sort": ["_doc"]})["hits"]["hits"]
    bulk(world.search, ({"_index": CORPUS, "_id": str(n), **hit["_source"]} for n, hit in enumerate(hits)))
    world.search.indices.refresh(index=CORPUS)
    parameters = {**small_conf(), **QUICK, "model_name": MODEL, "index_name": CORPUS}
    good = {"name": "e2e", "schedule": EVERY_MINUTE, "min_change": 0.1, "parameters": parameters}
    followed = {**good, "name": "followed", "schedule": {"asset": ASSET}}
    schedule(world, good, followed, {"name": "wrong", "schedule": "every day"})
    airflow = Airflow(world.airflow.url, "retrain_e2e")
    wait_for(airflow.knows_dag)
    yield Scheduled(world, airflow)
    schedule(world)
    airflow.close()


@pytest.fixture(scope="module")
def runs(world: World, scheduled: Scheduled) -> list[Run]:
    """The first run, one after it, and one after 30 of the 200 documents were changed."""
    first, second = scheduled.run(0), scheduled.run(1)
    body = {"script": {"source": "ctx._source.body.text += ' Changed.'"}, "max_docs": 30}
    world.search.update_by_query(index=CORPUS, body=body, params={"refresh": "true"})
    return [first, second, scheduled.trained(2)]


def started(world: World, run: Run) -> Run:
    """The run of the main DAG that a scheduled one started."""
    return world.wait(run.xcom("finetune", "trigger_run_id"))


def promotions(world: World) -> list[dict[str, Any]]:
    return read_promotions(world.client("s3"), promotions_uri(BUCKET, "search-models", MODEL))


def state_of(world: World, result: dict[str, Any]) -> str:
    return str(world.search.plugins.ml.get_model(model_id=result["model_id"])["model_state"])


def outcome(run: Run) -> dict[str, str]:
    return {"run": run.state, **run.tasks}


def test_first_run_trains_as_there_is_none_to_compare_with(world: World, runs: list[Run]):
    assert outcome(runs[0]) == {"run": "success", "check_corpus": "success", "finetune": "success"}
    assert f"No finished run of {MODEL}" in runs[0].xcom("check_corpus", "reason")
    assert started(world, runs[0]).state == "success"


def test_run_on_an_unchanged_corpus_is_skipped_and_says_so(runs: list[Run]):
    assert outcome(runs[1]) == {"run": "success", "check_corpus": "skipped", "finetune": "skipped"}
    assert runs[1].xcom("check_corpus", "reason").endswith("no document changed.")


def test_run_on_a_changed_corpus_trains_again(world: World, runs: list[Run]):
    assert outcome(runs[2]) == {"run": "success", "check_corpus": "success", "finetune": "success"}
    assert runs[2].xcom("check_corpus")["share"] == pytest.approx(0.15)
    assert started(world, runs[2]).state == "success"


def test_runs_were_started_by_the_schedule_and_say_by_which(world: World, runs: list[Run]):
    assert all(run.run_id.startswith("scheduled__") for run in runs)
    assert started(world, runs[0]).run_id.startswith("retrain_e2e__")


def test_models_of_both_trainings_are_promoted_and_answer(world: World, runs: list[Run]):
    first, second = (started(world, run).xcom("write_report") for run in (runs[0], runs[2]))

    assert [(entry["kind"], entry["model_id"]) for entry in promotions(world)] == [
        ("promotion", first["model_id"]),
        ("promotion", second["model_id"]),
    ]
    assert first["model_id"] != second["model_id"]
    assert [state_of(world, result) for result in (first, second)] == ["DEPLOYED", "DEPLOYED"]
    endpoints = world.client("sagemaker").list_endpoints(NameContains=MODEL, StatusEquals="InService")["Endpoints"]
    assert {it["EndpointName"] for it in endpoints} == {entry["endpoint_name"] for entry in promotions(world)}


def test_run_after_an_update_of_the_asset_compares_too(world: World, runs: list[Run]):
    airflow = Airflow(world.airflow.url, "retrain_followed")
    airflow.update_asset(ASSET)

    run = Scheduled(world, airflow).run(0)

    assert run.run_id.startswith("asset_triggered__")
    assert outcome(run) == {"run": "success", "check_corpus": "skipped", "finetune": "skipped"}
    airflow.close()


def test_bad_entry_says_what_is_wrong_in_a_dag_of_its_own_and_breaks_no_other(world: World, runs: list[Run]):
    airflow = Airflow(world.airflow.url, "retrain_wrong")
    run = Scheduled(world, airflow).run(0)

    assert world.airflow.import_errors() == ""
    assert run.state == "failed"
    assert "schedule is 'every day'. Valid: a cron expression" in run.xcom("say_what_is_wrong", "failure")["message"]
    airflow.close()


def test_rollback_goes_back_to_the_model_of_the_first_training(world: World, runs: list[Run]):
    first, second = (started(world, run).xcom("write_report") for run in (runs[0], runs[2]))

    done = world.trigger_other("rollback_search_model", {"model_name": MODEL, "bucket": BUCKET})

    assert done.state == "success", done.tasks
    assert done.xcom("roll_back")["model_id"] == first["model_id"]
    assert [state_of(world, result) for result in (first, second)] == ["DEPLOYED", "UNDEPLOYED"]
    assert promotions(world)[-1]["kind"] == "rollback"


def test_run_while_the_main_dag_is_paused_fails_instead_of_waiting_for_ever(
    world: World, runs: list[Run], scheduled: Scheduled
):
    world.airflow.pause(True)
    scheduled.airflow.trigger("manual__paused", {"force": True})

    run = dataclasses.replace(world, airflow=scheduled.airflow).wait("manual__paused")

    world.airflow.pause(False)
    assert outcome(run) == {"run": "failed", "check_corpus": "failed", "finetune": "upstream_failed"}
    assert "finetune_search_model is paused" in run.xcom("check_corpus", "failure")["message"]
