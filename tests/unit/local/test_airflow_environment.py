from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from local import airflow
from local.airflow import API_SERVER, GROUP, MIGRATE, airflow_environment, airflow_services, hostname

if TYPE_CHECKING:
    from pathlib import Path

    from local.supervisor import Service


DATABASE = "postgresql+psycopg2://airflow:secret@127.0.0.1:20003/airflow"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return airflow_environment(tmp_path / "airflow", DATABASE, port=20_001, log_port=20_002)


@pytest.fixture
def services(environment: dict[str, str]) -> dict[str, Service]:
    return {it.name: it for it in airflow_services(environment, uses=("aws", "gateway"))}


def test_environment_names_only_options_that_this_airflow_has(environment: dict[str, str]) -> None:
    from airflow.configuration import conf

    known = conf.configuration_description
    options = [name.split("__")[1:] for name in environment if name.startswith("AIRFLOW__")]
    assert [it for it in options if it[1].lower() not in known.get(it[0].lower(), {}).get("options", {})] == []


def test_environment_tells_tasks_the_chosen_port(environment: dict[str, str]) -> None:
    """The default is port 8080, whatever the API server's is: every task would fail."""
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:20001/execution/"


def test_environment_secrets_are_long_closed_to_others_and_kept(environment: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "airflow" / "secrets.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(environment["AIRFLOW__API_AUTH__JWT_SECRET"].encode()) >= 64
    assert airflow_environment(tmp_path / "airflow", DATABASE, port=20_001, log_port=20_002) == environment


def test_services_start_after_the_migration_and_bring_what_tasks_call(services: dict[str, Service]) -> None:
    assert [it for it in services if services[it].needs == (MIGRATE,)] == [*GROUP[1:], "airflow-triggerer"]
    assert services[API_SERVER].uses == ("aws", "gateway")


def test_services_serve_no_logs_on_all_interfaces(services: dict[str, Service]) -> None:
    serving = [it for it in services.values() if {"scheduler", "triggerer"} & set(it.command)]
    assert len(serving) == 2
    assert all("--skip-serve-logs" in it.command for it in serving)


def test_migration_done_with_this_version_is_not_done_again(services: dict[str, Service]) -> None:
    migrate = services[MIGRATE]
    assert not migrate.is_healthy(0)
    assert migrate.after
    migrate.after()
    assert migrate.is_healthy(0)


def test_migration_is_done_again_in_a_database_of_another_kind(
    services: dict[str, Service], environment: dict[str, str]
) -> None:
    assert services[MIGRATE].after
    services[MIGRATE].after()
    moved = {**environment, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite:////tmp/airflow.db"}
    assert not next(it for it in airflow_services(moved, uses=()) if it.name == MIGRATE).is_healthy(0)


@pytest.mark.parametrize(
    ("report", "healthy"),
    [
        (None, False),
        ({}, False),
        ({"scheduler": {"status": None, "latest_scheduler_heartbeat": None}}, False),
        ({"scheduler": {"status": "unhealthy", "latest_scheduler_heartbeat": "2026-11-21T12:00:05+00:00"}}, False),
        ({"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "2026-11-21T11:59:59+00:00"}}, False),
        ({"scheduler": {"status": "healthy", "latest_scheduler_heartbeat": "2026-11-21T12:00:05+00:00"}}, True),
    ],
    ids=["no answer", "no scheduler", "never ran", "too long ago", "from before its start", "beats"],
)
def test_scheduler_is_healthy_once_it_has_reported_since_its_start(
    report: Any, healthy: bool, services: dict[str, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(airflow, "answer", lambda url: report)
    since = datetime(2026, 11, 21, 12, tzinfo=UTC).timestamp()
    assert services["airflow-scheduler"].is_healthy(since) is healthy


def test_hostname_asks_nobody() -> None:
    assert hostname() == "localhost"
