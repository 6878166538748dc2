"""The example of docs/operators.md, run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.demo.examples import NAME, deployed_base_model
from local.demo.inputs import BUCKET

if TYPE_CHECKING:
    from tests.e2e.conftest import World

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


def test_example_dag_of_the_operators_runs(world: World, tmp_path: Path):
    """In a database of its own: the scheduler of the others would take its tasks for lost ones."""
    conf = {
        "index_name": "e2e-documents",
        "bucket": BUCKET,
        "endpoint_name": NAME,
        "runtime_url": world.environment["AWS_ENDPOINT_URL"],
    }
    script = f"from example_opensearch_ml import dag; print('ended', dag.test(run_conf={json.dumps(conf)}).state)"
    environment = {
        **os.environ,
        **world.environment,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLES),
        "AWS_ACCESS_KEY_ID": "example",  # not the role of the pipeline
    }
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], env=environment, capture_output=True, check=True)
    with deployed_base_model(world.session, world.search, max_sequence_length=32):
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=environment,
            cwd=EXAMPLES,
            capture_output=True,
            text=True,
            check=False,
        )
    assert "ended success" in done.stdout, done.stdout + done.stderr
    found = world.search.plugins.ml.search_models(body={"query": {"term": {"name.keyword": "example"}}})
    assert [hit["_source"]["model_state"] for hit in found["hits"]["hits"]] == ["DEPLOYED"]
