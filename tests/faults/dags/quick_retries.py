"""The DAG of the package as Airflow's scheduler reads it for the harness: with seconds between a task's tries."""

from __future__ import annotations

from datetime import timedelta

from finetune_search_model import dag

QUICK = {"retry_delay": timedelta(seconds=2), "retry_exponential_backoff": 0}

for task in dag.tasks:
    if task.is_mapped:
        task.partial_kwargs.update(QUICK)
    else:
        for name, value in QUICK.items():
            setattr(task, name, value)
