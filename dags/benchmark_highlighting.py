"""### Measure semantic highlighting on your own index: a model call a document against one call a page.

The same queries are asked in turns without highlighting, with single and with batch highlighting, by `_search` and by
`_predict`, for pages of 1 to 200 documents and 1 to 8 clients. A page with percentiles, rates, ratios with intervals
and the parity of spans is written to S3. The run fails if batch mode returns fewer highlights than single mode.

Trigger it from the form, or with
`airflow dags trigger benchmark_highlighting --conf '{"index_name": …, "model_id": …, "bucket": …}'`. The index is only
read. What is the same in every run can be kept in the Airflow Variable `benchmark_highlighting_defaults`.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG

from include.benchmark.settings import BenchmarkSettings
from opensearch_ml.form import form_params
from opensearch_ml.links import ReportLink
from opensearch_ml.retry import retry_arguments
from opensearch_ml.tasks.benchmark import plan_benchmark, run_benchmark, write_benchmark_report

with DAG(
    "benchmark_highlighting",
    doc_md=__doc__,
    params=form_params(BenchmarkSettings),
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,  # two at once would measure each other
    tags=["search", "opensearch", "benchmark"],
    default_args=retry_arguments(),
) as dag:
    plan = plan_benchmark()
    report = write_benchmark_report(plan, run_benchmark(plan))

report.operator.operator_extra_links = (ReportLink(),)
