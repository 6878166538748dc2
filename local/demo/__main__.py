"""`python -m local.demo`: the whole demo."""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import opensearchpy

from include.layout import run_id_of
from local import LocalError, stack
from local.celery import CELERY, LOCAL, VARIABLE, chosen_executor
from local.console import board, complain, say
from local.demo.airflow_api import DAG_ID, Airflow
from local.demo.detail import Details
from local.demo.examples import choose, deployed_base_model, search, searched_documents
from local.demo.highlights import held_out_questions, write_highlights
from local.demo.inputs import BUCKET, SMALLER_THAN_DEFAULT, Inputs, put_demo_corpus, put_own_corpus
from local.demo.leftovers import remove_earlier_runs
from local.demo.phases import seconds_of
from local.demo.result import result_of, show_examples, show_places, show_result, write_result
from local.demo.sparse_examples import search_sparse
from local.demo.watch import follow
from local.processes import pause
from local.trust import local_model_settings

PREFIX = "search-models"
PARSE_WAIT_SECONDS = 60


def main() -> int:
    """Run the demo; the exit status is 0 if the run went well."""
    parser = argparse.ArgumentParser(prog="python -m local.demo", description=__doc__)
    parser.add_argument("--corpus", type=Path, help='your own documents: JSONL of {"id", "text"}')
    parser.add_argument("--model-type", default="dense", choices=list(SMALLER_THAN_DEFAULT), help="what is trained")
    parser.add_argument(
        "--executor", choices=[LOCAL, CELERY], help=f"Airflow's; {LOCAL} unless ${VARIABLE} says otherwise"
    )
    parser.add_argument("--attached", action="store_true", help="to the services that docker-compose.yaml names")
    options = parser.parse_args()
    try:
        os.environ[VARIABLE] = options.executor or chosen_executor()
        return _demo(options.corpus, options.model_type, options.attached)
    except LocalError as error:
        complain(f"error: {error}")
        return 1
    except KeyboardInterrupt:
        complain("interrupted; the run goes on in Airflow. `make stop` ends everything.")
        return 130


def _demo(corpus: Path | None, model_type: str, attached: bool) -> int:
    if corpus and not corpus.is_file():
        raise LocalError(f"CORPUS is {str(corpus)!r}, and there is no such file. Give a JSONL file.")
    began = time.monotonic()
    environment = dict(os.environ) if attached else _start_stack()
    session, client = boto3.Session(region_name=environment["AWS_REGION"]), _client(environment)
    if attached:
        trusted = local_model_settings(environment["AWS_ENDPOINT_URL"])
        client.cluster.put_settings(body={"persistent": trusted})
    airflow = Airflow(environment["AIRFLOW__API__BASE_URL"])
    inputs = put_own_corpus(session, corpus, model_type) if corpus else put_demo_corpus(session, client, model_type)
    # Under the LocalExecutor tasks that defer for a short time fail (apache/airflow#71580).
    inputs.conf["deferrable"] = chosen_executor() == CELERY
    remove_earlier_runs(session, client, inputs.conf["model_name"])
    say(f"Input: {inputs.told}")
    run_id, name = _trigger(airflow, inputs)
    say(f"Airflow: {airflow.run_page(run_id)}\n")
    state, phases = follow(airflow, run_id, Details(session, name))
    if state != "success":
        _explain(airflow, run_id)
        return 1
    seconds = {**seconds_of(phases), "total": round(time.monotonic() - began, 1)}
    _show(session, client, inputs, name, seconds)
    target = "make demo-celery" if chosen_executor() == CELERY else "make demo"
    again = target if model_type == "dense" else f"{target} MODEL_TYPE={model_type}"
    show_places({"Airflow UI": airflow.run_page(run_id), "again": again, "stop": "make stop"})
    return 0


def _start_stack() -> dict[str, str]:
    """Everything on this machine; returns the variables that lead to it, which are this process's own from now on."""
    executor = "CeleryExecutor and Redis" if chosen_executor() == CELERY else "LocalExecutor"
    say(f"Starting the local stack (OpenSearch, ML Commons gateway, AWS stand-in) and Airflow ({executor})")
    with board() as watch:
        stack.up(["airflow"], watch)
    environment = stack.environment()
    os.environ.update(environment)
    return environment


def _client(environment: dict[str, str]) -> opensearchpy.OpenSearch:
    connection = json.loads(environment["AIRFLOW_CONN_OPENSEARCH_DEFAULT"])
    login = connection.get("login")
    return opensearchpy.OpenSearch(
        hosts=[f"{connection['schema']}://{connection['host']}:{connection['port']}"],
        http_auth=(login, connection.get("password", "")) if login else None,
        verify_certs=connection.get("extra", {}).get("verify_certs", True),
        ssl_show_warn=False,
        timeout=120,
    )


def _trigger(airflow: Airflow, inputs: Inputs) -> tuple[str, str]:
    """Trigger the DAG as a user would; returns run id and the name that the run's jobs share."""
    began = time.monotonic()
    while not airflow.knows_dag():
        if time.monotonic() - began > PARSE_WAIT_SECONDS:
            raise LocalError(
                f"Airflow has not parsed the DAG within {PARSE_WAIT_SECONDS} s.\n{airflow.import_errors()}"
            )
        pause(0.5)
    run_id = f"demo__{datetime.now(UTC):%Y-%m-%dT%H-%M-%S}"
    conf = json.dumps(inputs.conf)
    smaller = ", ".join(f"{name} {value}" for name, value in SMALLER_THAN_DEFAULT[inputs.conf["model_type"]].items())
    waits = "the triggerer" if inputs.conf["deferrable"] else "their worker (deferrable is false)"
    say(f"Smaller than the defaults, so that it takes minutes on two cores: {smaller}. Tasks wait for jobs in {waits}.")
    say("AWS is a stand-in on this machine: nothing is sent there, and nothing is billed.")
    command = [sys.executable, "-m", "airflow", "dags", "trigger", DAG_ID, "--run-id", run_id, "--conf", conf]
    say("$ " + shlex.join(["airflow", *command[3:]]))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LocalError(f"`airflow dags trigger` failed:\n{done.stderr}")
    run = run_id_of(run_id, airflow.run_started(run_id))
    return run_id, f"{inputs.conf['model_name']}-{run}"


def _explain(airflow: Airflow, run_id: str) -> None:
    complain("\nThe run failed.\n")
    complain(airflow.xcom(run_id, "explain_failure", "explanation") or "The logs of its tasks say why.")
    complain(f"\n{airflow.run_page(run_id)}")


def _show(session: boto3.Session, client: Any, inputs: Inputs, name: str, seconds: dict[str, float]) -> None:
    folder = f"{PREFIX}/{inputs.conf['model_name']}/{name.removeprefix(inputs.conf['model_name'] + '-')}"
    here = stack.local_directory() / "demo"
    here.mkdir(parents=True, exist_ok=True)
    s3 = session.client("s3")

    def read(key: str) -> str:
        return s3.get_object(Bucket=BUCKET, Key=f"{folder}/{key}")["Body"].read().decode()

    report = json.loads(read("report/report.json"))
    (here / "report.html").write_text(read("report/report.html"), encoding="utf-8")
    result = result_of(report, seconds, here / "report.html")
    write_result(result, here / "result.json")
    show_result(result)
    places = {"report": f"file://{here / 'report.html'}", "result": str(here / "result.json")}
    if not result["deployed"]:
        show_places(places)
        return
    if result["model_type"] == "highlighter":
        questions = inputs.questions or tuple(held_out_questions(read("evaluation-sets/heldout/highlights.jsonl")))
        page = here / "highlights.html"
        write_highlights(client, result["model_id"], inputs.documents, questions, page)
        places["highlighted passages"] = f"file://{page}"
    else:
        _show_examples(session, client, inputs, read, result)
    show_places(places)


def _show_examples(session: boto3.Session, client: Any, inputs: Inputs, read: Any, result: dict[str, Any]) -> None:
    kept = result["queries"]
    texts = {
        entry["_id"]: entry["text"]
        for entry in map(json.loads, read(f"evaluation-sets/{kept}/queries.jsonl").splitlines())
    }
    relevant: dict[str, set[str]] = {}
    for line in read(f"evaluation-sets/{kept}/qrels/test.tsv").splitlines()[1:]:
        query_id, document_id, _ = line.split("\t")
        relevant.setdefault(query_id, set()).add(document_id)
    evaluation = json.loads(read("evaluation/evaluation.json"))["sets"][kept]
    sparse = result["model_type"] == "sparse"
    chosen = choose(evaluation, "bm25" if sparse else "base")
    queries = [(texts[i], f"{why}, {gain}", frozenset(relevant[i])) for i, why, gain in chosen]
    documents = searched_documents(inputs.documents, frozenset().union(*(known for *_, known in queries)))
    if sparse:
        say(f"\nIndexing {len(documents):,} documents through the run's ingest pipeline, for three example searches")
        show_examples(search_sparse(client, result["search_pipeline"], documents, queries), kept, "neural_sparse")
        return
    say(f"\nEmbedding {len(documents):,} documents with both deployed models, for three example searches")
    with deployed_base_model(session, client, inputs.conf["max_sequence_length"]) as base_id:
        models = {"base": base_id, "tuned": result["model_id"]}
        examples = search(client, models, documents, queries)
    show_examples(examples, kept, "neural")


if __name__ == "__main__":
    sys.exit(main())
