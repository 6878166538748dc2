"""What all tests stand on: an Airflow home and AWS credentials that are nobody's."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

# Before anything imports Airflow: it reads its configuration once.
AIRFLOW_HOME = Path(tempfile.mkdtemp(prefix="airflow-home-"))
PROJECT = Path(__file__).parents[1]

for name in [name for name in os.environ if name.startswith(("AIRFLOW", "AWS_", "OPENSEARCH_URL"))]:
    del os.environ[name]

os.environ |= {
    "AIRFLOW_HOME": str(AIRFLOW_HOME),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
    "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{AIRFLOW_HOME}/airflow.db",
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


def pytest_unconfigure() -> None:
    shutil.rmtree(AIRFLOW_HOME, ignore_errors=True)
