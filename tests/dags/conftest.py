"""The DAG as Airflow reads it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from airflow.dag_processing.dagbag import DagBag
    from airflow.sdk import DAG

PROJECT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def dagbag() -> DagBag:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(PROJECT / "dags")


@pytest.fixture(scope="session")
def dag(dagbag: DagBag) -> DAG:
    assert dagbag.import_errors == {}
    found: DAG = dagbag.dags["finetune_search_model"]
    return found
