"""The stack under Celery: what runs, what it waits for, and what it is told. It is run by `make demo-celery`."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from local import LocalError, stack
from local.celery import chosen_executor
from local.celery.broker import Redis, _configure, redis_of
from local.postgres import postgres_of
from local.services import PORT_OWNERS, Site, environment, service_makers
from local.state import State
from local.supervisor import closure

if TYPE_CHECKING:
    from pathlib import Path

PORTS = {name: 20_000 + number for number, name in enumerate(PORT_OWNERS)}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, tmp_path / "cache", PORTS, executor="celery")


def test_celery_airflow_uses_postgres_and_redis_of_this_machine(site: Site) -> None:
    told = environment(site)
    postgres, redis = postgres_of(site.directory, PORTS["postgres"]), redis_of(site.directory, PORTS["redis"])

    assert told["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"
    assert told["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"] == postgres.url("airflow_celery")
    assert told["AIRFLOW__CELERY__RESULT_BACKEND"] == f"db+{postgres.url('celery')}"
    assert told["AIRFLOW__CELERY__BROKER_URL"] == redis.url
    assert redis.password in redis.url


def test_celery_passwords_are_made_once_for_our_eyes_only(site: Site) -> None:
    first, second = ((postgres_of(site.directory, 1), redis_of(site.directory, 2)) for _ in range(2))

    assert first == second
    assert first[0].password != first[1].password
    kept = [stat.S_IMODE((site.directory / f"{name}-password.json").stat().st_mode) for name in ("postgresql", "redis")]
    assert kept == [0o600, 0o600]


@pytest.mark.parametrize("variable", ["AIRFLOW_HOME", "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
def test_celery_has_a_home_and_a_database_of_its_own(variable: str, site: Site, tmp_path: Path) -> None:
    local = Site(tmp_path, tmp_path / "cache", PORTS)

    assert environment(site)[variable] != environment(local)[variable]


def test_celery_redis_listens_on_loopback_and_its_password_is_no_argument(tmp_path: Path) -> None:
    file = tmp_path / "redis" / "redis.conf"
    _configure(Redis(tmp_path / "redis", 20_001, "secret"), file)

    assert "bind 127.0.0.1\nrequirepass secret\n" in file.read_text("utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_executor_unknown_is_refused_with_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_EXECUTOR", "kubernetes")

    with pytest.raises(LocalError, match=r"LOCAL_EXECUTOR is 'kubernetes'.*'local', 'celery'"):
        chosen_executor()


def test_executor_default_starts_a_database_and_neither_queue_nor_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.delenv("LOCAL_EXECUTOR", raising=False)
    State(tmp_path, PORTS).save()

    assert stack.environment()["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    makers = service_makers(Site(tmp_path, tmp_path / "cache", PORTS))
    assert "postgres" in makers
    assert not {"redis", "airflow-worker-1"} & set(makers)


def test_airflow_under_celery_starts_workers_and_triggerer_after_the_database(tmp_path: Path) -> None:
    from local.airflow import GROUP, airflow_services
    from local.celery.workers import WORKERS, worker_services

    told = environment(Site(tmp_path, tmp_path / "cache", PORTS))
    made = airflow_services(told, (), needs=("postgres", "redis"), workers=WORKERS)
    made += worker_services(told, "redis://x", needs=("airflow-migrate",))
    makers = {service.name: (lambda it=service: it) for service in made}
    servers = {name: (lambda it=made[0], n=name: type(it)(n, (), tmp_path)) for name in ("postgres", "redis")}

    order = [service.name for service in closure({**makers, **servers}, GROUP)]

    assert {"airflow-triggerer", *WORKERS} < set(order)
    assert order.index("postgres") < order.index("airflow-migrate") < order.index("airflow-scheduler")
