"""### Go back to the search model that was deployed before.

Checks that the previous model's endpoint is in service and that it answers as it was trained, makes it the current one
in `promotions.json`, and undeploys the newer one; with `remove` it deletes the newer one's endpoint, connectors, models
and pipelines. If the previous model does not work, nothing is changed.

`airflow dags trigger rollback_search_model --conf '{"model_name": "search-model", "bucket": "my-bucket"}'`

What the runs of `finetune_search_model` read from the Airflow Variable `finetune_search_model_defaults` (bucket,
prefix, connections), a rollback reads there too. Documents that were embedded with the newer model must be searched
with it, or embedded again: see docs/gate.md.
"""

from __future__ import annotations

from datetime import UTC, datetime

from airflow.sdk import DAG

from include.promotion.settings import RollbackSettings
from opensearch_ml.failures import note_failure
from opensearch_ml.form import form_params
from opensearch_ml.retry import retry_arguments
from opensearch_ml.tasks.promotion import roll_back

with DAG(
    "rollback_search_model",
    doc_md=__doc__,
    params=form_params(RollbackSettings),
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,  # two at once would go back from the same model
    tags=["search", "opensearch", "rollback"],
    default_args={**retry_arguments(), "on_failure_callback": note_failure},
) as dag:
    roll_back()
