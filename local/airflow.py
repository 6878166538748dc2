"""Airflow on this machine: its environment and its processes, in production's versions."""

from __future__ import annotations

import base64
import secrets
import sys
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local import PROJECT
from local.health import answer
from local.kept_secrets import kept_secrets
from local.ports import HOST
from local.supervisor import Service

if TYPE_CHECKING:
    from collections.abc import Mapping

MIGRATE = "airflow-migrate"
API_SERVER = "airflow-api-server"
SCHEDULER = "airflow-scheduler"
DAG_PROCESSOR = "airflow-dag-processor"
TRIGGERER = "airflow-triggerer"
# No triggerer: fast deferred tasks fail under the LocalExecutor (apache/airflow#71580), so nothing defers here.
GROUP = (MIGRATE, API_SERVER, SCHEDULER, DAG_PROCESSOR)
NAMES = (*GROUP, TRIGGERER)


def airflow_environment(home: Path, database: str, port: int, log_port: int) -> dict[str, str]:
    """Airflow's configuration as environment variables; makes its secrets on the first call.

    Args:
        home: AIRFLOW_HOME: the task logs and the secrets lie there.
        database: its address, with the password.
        port: of the API server, which serves the UI, the REST API and the tasks.
        log_port: where Airflow looks for the logs of running tasks; nobody listens there, see `airflow_services`.
    """
    url = f"http://{HOST}:{port}"
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        # It forks that many workers at its start; the default of 32 takes 5 GiB.
        "AIRFLOW__CORE__PARALLELISM": "4",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        # The default asks the DNS for this machine's full name.
        "AIRFLOW__CORE__HOSTNAME_CALLABLE": "local.airflow.hostname",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__API__INSTANCE_NAME": "Local stack",
        # Each look at the DAG costs two seconds of a core that training could use.
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
        "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(log_port),
        "AIRFLOW__LOGGING__TRIGGER_LOG_SERVER_PORT": str(log_port),
        # The processes' titles shall not overwrite their environment, by which processes.py knows them.
        "SPT_NOENV": "1",
        **kept_secrets(home / "secrets.json", _make_secrets),
    }


def airflow_services(
    environment: Mapping[str, str], uses: tuple[str, ...], needs: tuple[str, ...] = (), workers: tuple[str, ...] = ()
) -> list[Service]:
    """The processes of Airflow, each after those it needs.

    They serve no logs over the network: the API server reads them from the disk, and Airflow's log servers would
    listen on all interfaces.

    Args:
        environment: all that they get, `airflow_environment` included.
        uses: other services that its tasks call.
        needs: the servers of its database and its queue, if they are services too.
        workers: services that run the tasks; none: the scheduler does. With them the triggerer is started too.
    """
    home = Path(environment["AIRFLOW_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    url = environment["AIRFLOW__API__BASE_URL"]
    health = f"{url}/api/v2/monitor/health"
    marker, migrated = home / "migrated", _migrated(environment)

    def service(name: str, *arguments: str, **how: Any) -> Service:
        command = (sys.executable, "-m", "airflow", *arguments)
        return Service(name=name, command=command, directory=home, environment=environment, **how)

    def component(name: str, *arguments: str, heartbeat_of: str, uses: tuple[str, ...] = ()) -> Service:
        probe = partial(_beats, health, heartbeat_of)
        return service(name, *arguments, probe=probe, needs=(MIGRATE,), uses=(API_SERVER, *uses))

    return [
        service(
            MIGRATE,
            "db",
            "migrate",
            once=True,
            needs=needs,
            probe=lambda since: marker.exists() and marker.read_text("utf-8") == migrated,
            after=lambda: _write(marker, migrated),
        ),
        service(API_SERVER, "api-server", url=url, health=health, needs=(MIGRATE,), uses=uses),
        component(
            SCHEDULER,
            "scheduler",
            "--skip-serve-logs",
            heartbeat_of="scheduler",
            uses=(*workers, TRIGGERER) if workers else (),
        ),
        component(DAG_PROCESSOR, "dag-processor", heartbeat_of="dag_processor"),
        component(TRIGGERER, "triggerer", "--skip-serve-logs", heartbeat_of="triggerer"),
    ]


def hostname() -> str:
    """What Airflow calls this machine: AIRFLOW__CORE__HOSTNAME_CALLABLE."""
    return "localhost"


def _beats(health: str, component: str, since: float) -> bool:
    """Whether a component has reported to the database since its process was started."""
    report = (answer(health) or {}).get(component) or {}
    if report.get("status") != "healthy":
        return False
    return datetime.fromisoformat(report[f"latest_{component}_heartbeat"]).timestamp() >= since


def _migrated(environment: Mapping[str, str]) -> str:
    """What stands in the marker: another Airflow, or a database of another kind, has to be migrated."""
    kind = environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].partition(":")[0]
    return f"{version('apache-airflow')} {kind}"


def _make_secrets() -> dict[str, str]:
    return {
        "AIRFLOW__CORE__FERNET_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "AIRFLOW__API__SECRET_KEY": secrets.token_urlsafe(64),
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_urlsafe(64),
    }


def _write(file: Path, text: str) -> None:
    file.write_text(text, "utf-8")
