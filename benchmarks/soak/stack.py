"""A stack of the soak's own, with a small corpus in it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from opensearchpy import OpenSearch
from opensearchpy.helpers import bulk

from benchmarks.services import PROJECT
from local.demo.airflow_api import DAG_ID, Airflow
from local.demo.inputs import put_base_model, run_conf
from local.demo_corpus import read_documents
from local.processes import pause

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX = "soak-documents"
SERVICES = ("ecs.", "iam.")
ROLLBACK = "rollback_search_model"


@dataclass(frozen=True)
class Stack:
    """The running stack.

    Attributes:
        directory: where it lives.
        temporary: TMPDIR of its processes.
        session: of its AWS stand-in.
        search: its cluster.
        dags: Airflow's API by DAG.
    """

    directory: Path
    temporary: Path
    session: boto3.Session
    search: OpenSearch
    dags: dict[str, Airflow]


@contextlib.contextmanager
def running(directory: Path) -> Iterator[Stack]:
    """Start everything, index the documents, and take it down in the end."""
    temporary = directory / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    cache = os.environ.get("LOCAL_CACHE") or str(PROJECT / ".local" / "cache")
    place = {"LOCAL_DIR": str(directory), "LOCAL_CACHE": cache, "TMPDIR": str(temporary)}
    try:
        _local(place, "up", "airflow")
        stack = _connect(directory, temporary, _environment(place))
        yield stack
        for airflow in stack.dags.values():
            airflow.close()
        stack.search.close()
    finally:
        _local(place, "down", "--purge")


def small_conf() -> dict[str, Any]:
    """As small as a run can be that still trains; what two steps of training make is deployed all the same."""
    return {
        **run_conf("soak-search", "dense"),
        "input_type": "opensearch",
        "index_name": INDEX,
        "text_field": "text",
        "max_documents": 160,
        "max_pairs": 64,
        "batch_size": 16,
        "max_sequence_length": 32,
        "poll_seconds": 1,
        "promote": "always",
    }


def _connect(directory: Path, temporary: Path, environment: dict[str, str]) -> Stack:
    os.environ.update({name: value for name, value in environment.items() if name.startswith(("AWS_", "NO_", "no_"))})
    session = boto3.Session(region_name=environment["AWS_REGION"])
    connection = json.loads(environment["AIRFLOW_CONN_OPENSEARCH_DEFAULT"])
    search = OpenSearch(f"http://{connection['host']}:{connection['port']}", timeout=60)
    put_base_model(session)
    _index(search)
    url = environment["AIRFLOW__API__BASE_URL"]
    dags = {name: Airflow(url, name) for name in (DAG_ID, ROLLBACK)}
    while not all(airflow.knows_dag() for airflow in dags.values()):
        pause(0.5)
    return Stack(directory, temporary, session, search, dags)


def _index(search: OpenSearch) -> None:
    documents = [document for document in read_documents() if document.id.startswith(SERVICES)]
    settings = {"number_of_shards": 2, "number_of_replicas": 0}
    search.indices.create(
        index=INDEX, body={"settings": settings, "mappings": {"properties": {"text": {"type": "text"}}}}
    )
    bulk(search, ({"_index": INDEX, "_id": document.id, "text": document.text} for document in documents))
    search.indices.refresh(index=INDEX)


def _local(place: dict[str, str], *arguments: str) -> None:
    command = [sys.executable, "-m", "local", *arguments]
    subprocess.run(command, cwd=PROJECT, env={**os.environ, **place}, check=True, stdout=subprocess.DEVNULL)


def _environment(place: dict[str, str]) -> dict[str, str]:
    code = "import json; from local.stack import environment; print(json.dumps(environment()))"
    printed = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PROJECT,
        env={**os.environ, **place},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(printed.stdout))
