"""docker-compose.yaml as far as it can be checked without Docker.

compose-spec.json is the schema of the compose specification (Apache-2.0), as check-jsonschema 0.39.0 carries it.
"""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from include.retraining import config
from local.airflow import NAMES as AIRFLOW_PROCESSES
from local.compose_env import MADE, write_env

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[3]
TEXT = (PROJECT / "docker-compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ONCE = ("airflow-init", "demo")
IMAGE = re.compile(r"[a-z0-9./-]+:\d+\.\d+(\.\d+)?(-[a-z0-9.-]+)?(@sha256:[0-9a-f]{64})?")


def strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from strings(inner)


def test_compose_keeps_to_the_specification() -> None:
    schema = json.loads(Path(__file__).with_name("compose-spec.json").read_text("utf-8"))

    jsonschema.Draft202012Validator(schema).validate(COMPOSE)


def test_compose_has_the_processes_of_the_local_stack_and_celerys() -> None:
    processes = {name for name in AIRFLOW_PROCESSES if name != "airflow-migrate"}

    assert set(SERVICES) == processes | {
        "airflow-init",
        "airflow-worker",
        "postgres",
        "redis",
        "opensearch",
        "dashboards",
        "aws",
        "demo",
    }


@pytest.mark.parametrize("name", SERVICES)
def test_compose_image_is_pinned_by_a_version(name: str) -> None:
    assert IMAGE.fullmatch(SERVICES[name]["image"])


@pytest.mark.parametrize("file", sorted((PROJECT / "docker").glob("*.Dockerfile")), ids=lambda path: path.name)
def test_dockerfile_is_built_on_a_version_and_installs_by_hash(file: Path) -> None:
    text = file.read_text("utf-8")
    [base] = re.findall(r"^FROM (\S+)", text, re.M)
    arguments = dict(re.findall(r"^ARG (\w+)=(\S+)", text, re.M))

    assert IMAGE.fullmatch(re.sub(r"\$\{(\w+)\}", lambda found: arguments[found[1]], base))
    assert len(re.findall(r"pip install", text)) == len(re.findall(r"--require-hashes", text))


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ONCE])
def test_compose_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]

    assert check["test"][0] in ("CMD", "CMD-SHELL")
    assert {"interval", "timeout", "retries", "start_period"} <= set(check)


@pytest.mark.parametrize("name", SERVICES)
def test_compose_dependencies_are_there_and_can_tell_what_is_waited_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        if how["condition"] == "service_completed_successfully":
            assert other in ONCE
        else:
            assert (how["condition"], bool(SERVICES[other]["healthcheck"])) == ("service_healthy", True)


def test_compose_dependencies_make_no_circle() -> None:
    left = {name: set(service.get("depends_on", {})) for name, service in SERVICES.items()}
    while free := [name for name, needs in left.items() if not needs]:
        left = {name: needs - set(free) for name, needs in left.items() if name not in free}

    assert left == {}


def test_compose_volumes_are_declared_and_used_and_folders_are_there() -> None:
    mounts = [mount.split(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])]
    folders = {mount for mount in mounts if mount.startswith(".")}

    assert set(mounts) - folders == set(COMPOSE["volumes"])
    assert all((PROJECT / folder).is_dir() for folder in folders)


def test_compose_retraining_file_is_mounted_where_the_dag_looks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "is_file", lambda path: path.as_posix() in mounted)
    mounts = (mount.split(":") for mount in SERVICES["airflow-dag-processor"]["volumes"])
    mounted = [f"{mount[1]}/{Path(config.PLACE).name}" for mount in mounts if mount[0] == "./config"]

    assert config.config_file("/opt/airflow/dags/scheduled_retraining.py", {}) == Path(mounted[0])


def test_compose_images_that_are_built_are_for_the_processors_that_their_wheels_are_for() -> None:
    """Requirements without a wheel for ARM would need a compiler, which the images have not."""
    assert {service.get("platform") for service in SERVICES.values() if "build" in service} == {"linux/amd64"}


def test_compose_opens_ports_to_this_machine_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_compose_variables_are_those_that_are_made_and_the_example_names() -> None:
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", TEXT))
    example = dict(re.findall(r"^(\w+)=(.*)$", (PROJECT / ".env.example").read_text("utf-8"), re.M))

    assert used == set(MADE) == set(example)
    assert set(example.values()) == {""}


def test_compose_holds_no_secret() -> None:
    for text in strings(COMPOSE):
        for password in re.findall(r'"password": "([^"]+)"|://\w*:([^\s"@]+)@', text):
            assert "".join(password).startswith("${"), text


def test_compose_connections_are_json() -> None:
    environment = SERVICES["airflow-worker"]["environment"]
    connections = [value for name, value in environment.items() if name.startswith("AIRFLOW_CONN_")]

    assert [json.loads(value)["conn_type"] for value in connections] == ["aws", "aws", "http"]


def test_write_env_makes_every_value_once_and_shows_them_to_nobody(tmp_path: Path) -> None:
    file = tmp_path / ".env"

    assert write_env(file)
    first = file.read_text("utf-8")
    assert not write_env(file)

    assert file.read_text("utf-8") == first
    assert [line.split("=")[0] for line in first.splitlines()] == list(MADE)
    assert all(len(line.partition("=")[2]) >= 40 for line in first.splitlines())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
