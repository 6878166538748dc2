"""After registration: single against batch highlighting with the deployed highlighter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from include import layout as at
from include.benchmark.cells import BATCH, PREDICT, SEARCH, SINGLE
from include.benchmark.render import render_benchmark
from include.benchmark.run import benchmark
from include.benchmark.server import check_factory, server_of
from include.benchmark.settings import BenchmarkSettings, ClusterSettings, LoadSettings, PlaceSettings
from include.errors import TerminalError
from include.phases.corpus import HELD_OUT, load_passages
from include.storage import write_bytes, write_json

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from opensearchpy import OpenSearch

    from include.plan import Plan


def save_benchmark(s3: S3Client, client: OpenSearch, plan: Plan, model_id: str, endpoint_name: str) -> dict[str, Any]:
    """Measure the deployed highlighter with the run's held-out questions; returns what the report shows of it.

    What cannot be measured is left out and said, instead of failing a run whose model is deployed: without an index
    there is no benchmark, and without the cluster setting for batches the server's own batch mode is not measured.
    """
    if not plan.settings.corpus.index_name:
        return {
            "skipped": "There was no benchmark: the documents are no index of the cluster. The DAG "
            "benchmark_highlighting measures any index."
        }
    paths, reasons = _paths(client)
    questions = [passage["question"] for passage in load_passages(s3, plan, HELD_OUT) if passage["spans"]]
    try:
        result = benchmark(client, _settings(plan, model_id, endpoint_name, paths), questions)
    except TerminalError as error:
        return {"skipped": f"There was no benchmark: {error}"}
    page = write_bytes(
        s3, plan.layout.uri(at.BENCHMARK_HTML), render_benchmark(result).encode(), "text/html; charset=utf-8"
    )
    write_json(s3, plan.layout.uri(at.BENCHMARK_JSON), result)
    return {
        "skipped": "",
        "page": page,
        "reasons": [*result["verdict"]["reasons"], *reasons],
        **result["parity"],
        "rows": [_row(cell) for cell in result["cells"] if cell.get("single_over_batch")],
    }


def _paths(client: OpenSearch) -> tuple[list[str], list[str]]:
    """What can be measured, and why the rest cannot."""
    try:
        if server_of(str(client.info()["version"]["number"])).batch != "none":
            check_factory(client)
    except TerminalError as error:
        return [PREDICT], [str(error)]
    return [SEARCH, PREDICT], []


def _settings(plan: Plan, model_id: str, endpoint_name: str, paths: list[str]) -> BenchmarkSettings:
    corpus, asked = plan.settings.corpus, plan.settings.benchmark
    return BenchmarkSettings(
        cluster=ClusterSettings(
            opensearch_endpoint=plan.opensearch_url,
            opensearch_conn_id=corpus.opensearch_conn_id,
            index_name=corpus.index_name,
            text_field=corpus.text_field,
            model_id=model_id,
        ),
        load=LoadSettings.model_validate(
            {
                "paths": paths,
                "hits": asked.benchmark_hits,
                "clients": asked.benchmark_clients,
                "document_lengths": ["mixed"],
                "measured_queries": asked.benchmark_queries,
                "warmup_queries": max(1, asked.benchmark_queries // 10),
                "batch_size": plan.settings.endpoint.max_batch_items,
                "seed": plan.settings.training.seed,
            }
        ),
        place=PlaceSettings(endpoint_name=endpoint_name, bucket=plan.settings.run.bucket),
    )


def _row(cell: dict[str, Any]) -> dict[str, Any]:
    return {
        **{name: cell[name] for name in ("path", "hits", "clients")},
        "single": cell["modes"][SINGLE]["p50_ms"],
        "batch": cell["modes"][BATCH]["p50_ms"],
        "ratio": cell["single_over_batch"],
    }
