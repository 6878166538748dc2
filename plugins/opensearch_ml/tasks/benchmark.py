"""Tasks of the highlighting benchmark."""

from __future__ import annotations

from functools import partial
from typing import Any

from airflow.sdk import get_current_context

from include.benchmark.memory import endpoint_memory
from include.benchmark.preflight import check_highlighted
from include.benchmark.questions import read_questions
from include.benchmark.render import render_benchmark
from include.benchmark.run import benchmark, check_verdict
from include.benchmark.settings import BenchmarkSettings, missing
from include.layout import run_id_of
from include.parameters import read_as
from include.preflight.cluster import check_cluster
from include.requests.endpoint import VARIANT
from include.storage import check_bucket, read_json, read_lines, write_bytes, write_json
from opensearch_ml.airflow_versions import running_task
from opensearch_ml.clients import aws_client, check_aws_connection
from opensearch_ml.final_errors import task
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.links import ReportLink, remember_link, s3_link
from opensearch_ml.tasks.plan import with_defaults

DEFAULTS_VARIABLE = "benchmark_highlighting_defaults"
RESULT_JSON, RESULT_HTML = "result.json", "result.html"


@task
def plan_benchmark() -> dict[str, Any]:
    """Check parameters, cluster, index, model and bucket; return the settings and where the result goes.

    Raises:
        TerminalError: what is wrong and what to type.
    """
    context = get_current_context()
    given = with_defaults(dict(context["params"]), context["dag_run"].conf or {}, DEFAULTS_VARIABLE, BenchmarkSettings)
    settings = read_as(BenchmarkSettings, given, missing)
    check_aws_connection("aws_conn_id", settings.place.aws_conn_id)
    hook = _hook(settings)
    check_cluster(hook.conn, hook.url)
    check_highlighted(hook.conn, settings.cluster)
    check_bucket(_aws("s3", settings), str(settings.place.bucket))
    dag_run = context["dag_run"]
    run = run_id_of(dag_run.run_id, dag_run.run_after)
    place = settings.place
    return {
        "settings": settings.model_dump(mode="json"),
        "uri": f"s3://{place.bucket}/{place.prefix}/{run}",
    }


@task
def run_benchmark(plan: dict[str, Any]) -> str:
    """Measure every cell; returns the URI of the result."""
    settings = BenchmarkSettings.model_validate(plan["settings"])
    s3, uri = _aws("s3", settings), settings.load.queries_s3_path
    questions = read_questions(read_lines(s3, uri), uri) if uri else []
    result = benchmark(_hook(settings).get_conn(), settings, questions, _memory(settings))
    return write_json(s3, f"{plan['uri']}/{RESULT_JSON}", result)


@task
def write_benchmark_report(plan: dict[str, Any], result_uri: str) -> dict[str, str]:
    """Write the page; returns the URIs.

    Raises:
        TerminalError: batch mode lost highlights. The page is written all the same.
    """
    settings = BenchmarkSettings.model_validate(plan["settings"])
    s3 = _aws("s3", settings)
    result = read_json(s3, result_uri)
    page = write_bytes(
        s3, f"{plan['uri']}/{RESULT_HTML}", render_benchmark(result).encode(), "text/html; charset=utf-8"
    )
    remember_link(running_task(get_current_context()), ReportLink, s3_link(s3, page))
    check_verdict(result)
    return {"result": result_uri, "report": page}


def _hook(settings: BenchmarkSettings) -> OpenSearchMLHook:
    cluster, place = settings.cluster, settings.place
    return OpenSearchMLHook(cluster.opensearch_conn_id, cluster.opensearch_endpoint, place.aws_conn_id, place.region)


def _aws(service: str, settings: BenchmarkSettings) -> Any:
    return aws_client(service, settings.place.aws_conn_id, settings.place.region)


def _memory(settings: BenchmarkSettings) -> Any:
    """Reads the endpoint's memory between two times; None if no endpoint was named."""
    name = settings.place.endpoint_name
    return partial(endpoint_memory, _aws("cloudwatch", settings), name, VARIANT) if name else None
