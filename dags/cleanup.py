"""### List, or delete, what crashed runs left behind.

Training and batch jobs that still run, endpoints, their configurations and models, connectors, models, empty model
groups, pipelines, temporary indices and unfinished uploads of runs that have ended and whose model is not deployed.
Nothing is touched that is not tagged or named as a run below this bucket and prefix. By default it only lists.

`airflow dags trigger cleanup_search_models --conf '{"bucket": "my-bucket", "delete": true}'`

What the runs of `finetune_search_model` read from the Airflow Variable `finetune_search_model_defaults` (bucket,
prefix, connections), a cleanup reads there too. Which runs still work is asked of this Airflow: see docs/cleanup.md.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

from airflow.sdk import DAG

from include.cleanup.settings import CleanupSettings
from opensearch_ml.form import form_params
from opensearch_ml.links import ReportLink
from opensearch_ml.retry import retry_arguments
from opensearch_ml.tasks.cleanup import clean_up

with DAG(
    "cleanup_search_models",
    doc_md=__doc__,
    params=form_params(CleanupSettings),
    schedule=os.environ.get("CLEANUP_SEARCH_MODELS_SCHEDULE"),
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["search", "opensearch", "cleanup"],
    default_args=retry_arguments(),
) as dag:
    cleaned = clean_up()

cleaned.operator.operator_extra_links = (ReportLink(),)
