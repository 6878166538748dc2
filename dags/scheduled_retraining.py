"""### Train a search model again when its corpus has changed.

Made from an entry of `config/retraining.yaml`. At its time, or when its asset is updated, the corpus is compared with
what the model's last finished run saw of it. If less than `min_change` of the documents is new, changed or deleted,
the run is skipped, and says so; else `finetune_search_model` is run with the entry's parameters, and this run ends as
that one does. Trigger it with `force` to train whatever has changed. See docs/scheduled-retraining.md.
"""

from __future__ import annotations

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG

from include.retraining.config import config_file, read_entries
from include.retraining.entry import Broken
from opensearch_ml.retraining import STARTED, dag_arguments
from opensearch_ml.tasks.retraining import FINETUNE, check_corpus, say_what_is_wrong, wait_as_checked

for entry in read_entries(config_file(__file__)):
    with DAG(**dag_arguments(entry, __doc__)):
        if isinstance(entry, Broken):
            say_what_is_wrong(entry.problem)
            continue
        check_corpus(entry.parameters, entry.min_change) >> TriggerDagRunOperator(
            task_id="finetune",
            trigger_dag_id=FINETUNE,
            conf=entry.parameters,
            trigger_run_id=STARTED,
            wait_for_completion=True,
            pre_execute=wait_as_checked,
        )
