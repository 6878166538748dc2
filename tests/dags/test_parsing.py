"""What reading the DAG file costs: little time, no network, and nothing that only a phase needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
TRIES = 3
LIMIT_SECONDS = 1.0
HEAVY = (
    *("torch", "transformers", "sentence_transformers", "datasets", "numpy", "scipy", "matplotlib", "pandas"),
    *("opensearchpy", "requests_aws4auth", "smart_open", "ir_measures", "datasketch", "moto", "local"),
)
SCRIPT = """
import json, os, socket, sys, time

def refuse(*arguments, **more):
    raise AssertionError(f"reading the DAG reaches for the network: {arguments}")

socket.socket.connect = socket.getaddrinfo = refuse
import airflow.sdk
from airflow.providers.amazon.aws.operators import bedrock, sagemaker
from airflow.providers.amazon.aws.sensors import bedrock as sensors
before, started = set(sys.modules), time.perf_counter()
import finetune_search_model
seconds = time.perf_counter() - started
print(json.dumps({"seconds": seconds, "modules": sorted(set(sys.modules) - before)}))
"""


@pytest.fixture(scope="module")
def readings() -> list[dict[str, Any]]:
    """The file read in fresh processes, after `airflow.sdk` and the Amazon operators: seconds and new modules."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (PROJECT, PROJECT / "plugins", PROJECT / "dags"))),
    }
    command = [sys.executable, "-c", SCRIPT]
    return [
        json.loads(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
        for _ in range(TRIES)
    ]


def test_reading_adds_less_than_a_second(readings: list[dict[str, Any]]) -> None:
    """The least of several: the machine may be busy with other things."""
    assert min(reading["seconds"] for reading in readings) < LIMIT_SECONDS


@pytest.mark.parametrize("name", HEAVY)
def test_reading_imports_nothing_that_only_a_phase_needs(readings: list[dict[str, Any]], name: str) -> None:
    assert not [module for module in readings[0]["modules"] if module == name or module.startswith(f"{name}.")]


def test_reading_imports_no_phase(readings: list[dict[str, Any]]) -> None:
    """Of the containers' code only the metric definitions, which a request needs."""
    container = [name for name in readings[0]["modules"] if name.startswith(("include.training", "include.inference"))]

    assert container == ["include.training", "include.training.metrics"]
