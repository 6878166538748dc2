"""The benchmark that ends the run of a highlighter."""

from __future__ import annotations

from typing import Any

from include.phases.benchmark import save_benchmark
from include.plan import Plan
from opensearch_ml.airflow_versions import AirflowSkipException
from opensearch_ml.clients import hook_of, s3_of
from opensearch_ml.final_errors import task


@task
def benchmark_highlighter(plan: dict[str, Any], registration: dict[str, Any]) -> dict[str, Any]:
    """Measure single against batch highlighting with the deployed model; returns what the report shows of it."""
    run = Plan.model_validate(plan)
    if not run.settings.is_highlighter or not run.settings.benchmark.benchmark_queries:
        raise AirflowSkipException("Only a highlighter is measured, and only if benchmark_queries is not 0.")
    ids = registration["model_id"], registration["endpoint_name"]
    return save_benchmark(s3_of(run), hook_of(run).get_conn(), run, *ids)
