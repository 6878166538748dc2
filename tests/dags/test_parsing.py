"""What reading the DAG files needs: no network, and nothing that only a phase needs. `make bench-parse` times it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
HEAVY = (
    *("torch", "transformers", "sentence_transformers", "datasets", "numpy", "scipy", "matplotlib", "pandas"),
    *("opensearchpy", "requests_aws4auth", "smart_open", "ir_measures", "datasketch", "moto", "local"),
)
SCRIPT = """
import json, os, socket, sys

def refuse(*arguments, **more):
    raise AssertionError(f"reading the DAG reaches for the network: {arguments}")

socket.socket.connect = socket.getaddrinfo = refuse
import airflow.sdk
from airflow.providers.amazon.aws.operators import bedrock, sagemaker
from airflow.providers.amazon.aws.sensors import bedrock as sensors
before = set(sys.modules)
import benchmark_highlighting, cleanup, finetune_search_model
print(json.dumps(sorted(set(sys.modules) - before)))
"""


@pytest.fixture(scope="module")
def modules() -> list[str]:
    """What the files import in a fresh process, after `airflow.sdk` and the Amazon operators."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (PROJECT, PROJECT / "plugins", PROJECT / "dags"))),
    }
    command = [sys.executable, "-c", SCRIPT]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return [str(name) for name in json.loads(done.stdout)]


@pytest.mark.parametrize("name", HEAVY)
def test_reading_imports_nothing_that_only_a_phase_needs(modules: list[str], name: str) -> None:
    assert not [module for module in modules if module == name or module.startswith(f"{name}.")]


def test_reading_imports_no_phase(modules: list[str]) -> None:
    """Of the containers' code only what is light: metric definitions, which losses need what, how to unpack."""
    container = [name for name in modules if name.startswith(("include.training.", "include.inference"))]

    assert container == [f"include.training.{name}" for name in ("errors", "metrics", "together", "unpack")]
