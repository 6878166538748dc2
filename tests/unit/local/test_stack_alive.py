from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import psutil
import pytest

from local import LocalError
from local.processes import Identity
from local.stack import check_alive
from local.state import Record, State

if TYPE_CHECKING:
    from pathlib import Path


def record(log: Path, created: float) -> Record:
    return Record(Identity(os.getpid(), created), started=1.0, log=str(log), url="", health="", digest="d", uses=())


@pytest.fixture
def running(tmp_path: Path) -> Record:
    return record(tmp_path / "scheduler.log", psutil.Process().create_time())


def test_alive_are_services_whose_processes_run(running: Record, tmp_path: Path) -> None:
    State(tmp_path, {}, {"airflow-scheduler": running}).save()
    check_alive(tmp_path)


def test_alive_is_a_stack_that_was_never_started(tmp_path: Path) -> None:
    check_alive(tmp_path)


def test_service_that_died_is_told_with_the_end_of_its_log(running: Record, tmp_path: Path) -> None:
    dead = replace(running, identity=Identity(os.getpid(), running.identity.created - 1000))
    (tmp_path / "scheduler.log").write_text("database is locked\n")
    State(tmp_path, {}, {"aws": running, "airflow-scheduler": dead}).save()

    with pytest.raises(LocalError, match=r"(?s)airflow-scheduler has died.*database is locked.*up airflow-scheduler"):
        check_alive(tmp_path)
