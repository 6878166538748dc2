"""The whole stack with Airflow, once for all end-to-end tests; a small corpus in an index, and its judged queries."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import httpx
import pytest
from opensearchpy import OpenSearch
from opensearchpy.helpers import bulk

from include.retraining.config import VARIABLE as SCHEDULES
from local.demo.airflow_api import DAG_ID, Airflow, Task
from local.demo.inputs import BUCKET, put_base_model, run_conf
from local.demo_corpus import read_documents, read_judged_queries
from local.processes import pause
from local.stack import LOGS, check_alive
from local.startup import last_lines

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

PROJECT = Path(__file__).parents[2]
INDEX = "e2e-documents"
SERVICES = ("ecs.", "iam.")
RUN_TIMEOUT_SECONDS = 900
LINES_OF_A_LOG = 60
# As the triggerer's tasks, one that goes on within a second is lost by the LocalExecutor, and asks again. Not 5, when
# the API server closes an idle connection: a request just then is lost.
PERSON_SECONDS = 6


@dataclass
class Run:
    """A run that has ended: its state, the state of each task, and what tasks left."""

    run_id: str
    state: str
    ended: list[Task]
    airflow: Airflow

    @property
    def tasks(self) -> dict[str, str]:
        """State by id."""
        return {task.task_id: task.state for task in self.ended}

    def xcom(self, task_id: str, key: str = "return_value") -> Any:
        return self.airflow.xcom(self.run_id, task_id, key)

    @property
    def explanation(self) -> str:
        return str(self.xcom("explain_failure", "explanation"))


@dataclass
class World:
    """Clients of the running stack."""

    environment: dict[str, str]
    airflow: Airflow
    session: boto3.Session
    search: OpenSearch
    others: list[Airflow] = dataclasses.field(default_factory=list)
    interpreter: str = sys.executable
    place: dict[str, str] = dataclasses.field(default_factory=dict)

    def trigger(self, **conf: Any) -> Run:
        """Trigger the DAG and wait for the end of the run."""
        return self.wait(self.start(**conf))

    def start(self, **conf: Any) -> str:
        """Trigger the DAG as the form does, which takes seconds less than the command; returns the run's id."""
        run_id = new_run_id()
        self.airflow.trigger(run_id, {**small_conf(), **conf})
        return run_id

    def start_by_command(self, **conf: Any) -> str:
        """Trigger the DAG by its command line; returns the run's id."""
        done, run_id = self.trigger_only(conf)
        assert done.returncode == 0, done.stderr
        return run_id

    def start_service(self, name: str) -> None:
        """Start a service of the local stack that is not started by itself; it ends with the stack."""
        python(self.place, "local", "up", name)

    def inject(self, *failures: dict[str, Any]) -> None:
        """Let the AWS stand-in fail so; none ends it."""
        url = f"{self.environment['AWS_ENDPOINT_URL']}/_local/settings"
        httpx.put(url, json={"failures": failures}).raise_for_status()

    def wait(self, run_id: str) -> Run:
        """The run, once it has ended."""
        began = time.monotonic()
        while (state := self.airflow.run_state(run_id)) not in ("success", "failed"):
            self._see_that_it_may_end(run_id, began)
        return Run(run_id, state, self.airflow.tasks(run_id), self.airflow)

    def approve(self, run_id: str) -> dict[str, Any]:
        """Wait until the run asks whether its model is to be deployed, and say yes; returns what it asked."""
        task, began = "evaluation.approve_promotion", time.monotonic()
        while {task.task_id: task.state for task in self.airflow.tasks(run_id)}[task] != "awaiting_input":
            assert self.airflow.run_state(run_id) in ("queued", "running"), self.airflow.tasks(run_id)
            self._see_that_it_may_end(run_id, began)
        pause(PERSON_SECONDS)
        asked = self.airflow.question(run_id, task)
        self.airflow.answer(run_id, task, "Approve")
        return asked

    def _see_that_it_may_end(self, run_id: str, began: float) -> None:
        assert time.monotonic() - began < RUN_TIMEOUT_SECONDS, self.airflow.tasks(run_id)
        if self.place:
            check_alive(Path(self.place["LOCAL_DIR"]))
        pause(0.5)

    def benchmark(self, **conf: Any) -> Run:
        """Trigger the DAG of the highlighting benchmark and wait for the end of the run."""
        return self.trigger_other("benchmark_highlighting", conf)

    def trigger_other(self, dag_id: str, conf: dict[str, Any]) -> Run:
        """Trigger another DAG and wait for the end of the run."""
        airflow = Airflow(self.airflow.url, dag_id)
        self.others.append(airflow)
        done, run_id = self._trigger(dag_id, conf)
        assert done.returncode == 0, done.stderr
        return dataclasses.replace(self, airflow=airflow).wait(run_id)

    def trigger_only(self, conf: dict[str, Any]) -> tuple[subprocess.CompletedProcess[str], str]:
        """What a user types; returns what the command said."""
        return self._trigger(DAG_ID, {**small_conf(), **conf})

    def _trigger(self, dag_id: str, conf: dict[str, Any]) -> tuple[subprocess.CompletedProcess[str], str]:
        run_id = new_run_id()
        command = [self.interpreter, "-m", "airflow", "dags", "trigger", dag_id, "--run-id", run_id]
        done = subprocess.run(
            [*command, "--conf", json.dumps(conf)],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )
        return done, run_id

    def client(self, service: str) -> Any:
        return self.session.client(service)

    def spent(self) -> dict[str, int]:
        """How many billed things there are."""
        bedrock, sagemaker = self.client("bedrock"), self.client("sagemaker")
        return {
            "batch jobs": len(bedrock.list_model_invocation_jobs()["invocationJobSummaries"]),
            "training jobs": len(sagemaker.list_training_jobs(MaxResults=100)["TrainingJobSummaries"]),
            "endpoints": len(sagemaker.list_endpoints()["Endpoints"]),
            "models": len(sagemaker.list_models()["Models"]),
        }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the services' logs beside what failed: the stack's folder is deleted."""
    report = yield
    world = getattr(item, "funcargs", {}).get("world")
    if report.failed and isinstance(world, World) and world.place:
        for log in sorted((Path(world.place["LOCAL_DIR"]) / LOGS).glob("*.log")):
            report.sections.append((log.name, last_lines(log, LINES_OF_A_LOG)))
    return report


def new_run_id() -> str:
    return f"e2e__{datetime.now(UTC):%H%M%S%f}"


def small_conf() -> dict[str, Any]:
    """As small as a run can be that still trains."""
    return {
        **run_conf("e2e-search", "dense"),
        "input_type": "opensearch",
        "index_name": INDEX,
        "text_field": "body.text",
        "max_documents": 160,
        "max_pairs": 64,
        "batch_size": 16,
        "max_sequence_length": 32,
        "poll_seconds": 1,
        # Two steps of training on 64 pairs make nothing better.
        "promote": "always",
        # Each test sees what it is about; tests of reuse ask for it.
        "reuse": "never",
    }


def python(environment: dict[str, str], *arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=PROJECT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    directory = tmp_path_factory.mktemp("e2e")
    cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
    place = {"LOCAL_DIR": str(directory), "LOCAL_CACHE": cache, SCHEDULES: str(directory / "retraining.yaml")}
    Path(place[SCHEDULES]).write_text("retraining: [{name: never, schedule: null}]\n", "utf-8")
    try:
        python(place, "local", "up", "airflow")
        with closing_clients(world_of(environment_of(place))) as world:
            world.place.update(place)
            yield world
    finally:
        python(place, "local", "down", "--purge")


@contextmanager
def closing_clients(world: World) -> Iterator[World]:
    """The world, whose connections end with the block."""
    yield world
    for airflow in (world.airflow, *world.others):
        airflow.close()
    world.search.close()


def environment_of(place: dict[str, str]) -> dict[str, str]:
    """What Airflow sees of the stack that runs in a place."""
    printed = subprocess.run(
        [sys.executable, "-c", "import json; from local.stack import environment; print(json.dumps(environment()))"],
        cwd=PROJECT,
        env={**os.environ, **place},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(printed.stdout))


def world_of(environment: dict[str, str], interpreter: str = sys.executable) -> World:
    """Clients of a stack with an Airflow, which has parsed the DAG then; with the corpus, its judged queries and model.

    Args:
        environment: of that Airflow.
        interpreter: the Python that it is installed for.
    """
    os.environ.update({name: value for name, value in environment.items() if name.startswith(("AWS_", "NO_", "no_"))})
    connection = json.loads(environment["AIRFLOW_CONN_OPENSEARCH_DEFAULT"])
    # With a key of its own: what the tests look at is not what Airflow's role needs.
    session = boto3.Session("tests", "tests", region_name=environment["AWS_REGION"])
    search = OpenSearch(f"http://{connection['host']}:{connection['port']}", timeout=60)
    airflow = Airflow(environment["AIRFLOW__API__BASE_URL"])
    world = World(environment, airflow, session, search, interpreter=interpreter)
    put_base_model(session)
    _index(search)
    _judge(session)
    while not world.airflow.knows_dag():
        pause(0.5)
    return world


def _index(search: OpenSearch) -> None:
    documents = [document for document in read_documents() if document.id.startswith(SERVICES)]
    settings = {"number_of_shards": 3, "number_of_replicas": 0}
    mapping = {"properties": {"body": {"properties": {"text": {"type": "text"}}}, "length": {"type": "integer"}}}
    search.indices.create(index=INDEX, body={"settings": settings, "mappings": mapping})
    search.indices.create(index="e2e-empty", body={"settings": settings, "mappings": mapping})
    rows = ({"_id": d.id, "body": {"text": d.text}, "length": len(d.text)} for d in documents)
    bulk(search, ({"_index": INDEX, **row} for row in rows))
    search.indices.refresh(index=INDEX)


def _judge(session: boto3.Session) -> None:
    judged = [query for query in read_judged_queries() if query.relevant[0].startswith(SERVICES)][:40]
    queries = "".join(json.dumps({"_id": query.id, "text": query.text}) + "\n" for query in judged)
    qrels = "query-id\tcorpus-id\tscore\n" + "".join(f"{q.id}\t{d}\t1\n" for q in judged for d in q.relevant)
    s3 = session.client("s3")
    s3.put_object(Bucket=BUCKET, Key="e2e/queries.jsonl", Body=queries.encode())
    s3.put_object(Bucket=BUCKET, Key="e2e/qrels.tsv", Body=qrels.encode())
