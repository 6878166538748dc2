from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local import PROJECT, LocalError, stack
from local.services import PORT_OWNERS, inherited
from local.state import State

if TYPE_CHECKING:
    from pathlib import Path

PORTS = {name: 20_000 + number for number, name in enumerate(PORT_OWNERS)}


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack whose ports are known."""
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    monkeypatch.delenv("OPENSEARCH_URL", raising=False)
    State(tmp_path, PORTS).save()
    return tmp_path


def connection() -> Any:
    return json.loads(stack.environment()["AIRFLOW_CONN_OPENSEARCH_DEFAULT"])


@pytest.mark.usefixtures("directory")
def test_environment_of_local_stack_leads_aws_and_opensearch_to_this_machine() -> None:
    assert stack.environment()["AWS_ENDPOINT_URL"] == f"http://127.0.0.1:{PORTS['aws']}"
    found = connection()
    assert (found["host"], found["port"], found["schema"]) == ("127.0.0.1", PORTS["gateway"], "http")


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (
            "https://admin:p%40ss@search.example:9243",
            {"host": "search.example", "port": 9243, "schema": "https", "login": "admin", "password": "p@ss"},
        ),
        ("https://search.example", {"host": "search.example", "port": 443, "schema": "https"}),
        ("http://search.example", {"host": "search.example", "port": 9200, "schema": "http"}),
    ],
    ids=["user and password", "https", "http"],
)
def test_environment_with_another_opensearch_makes_its_connection(
    url: str, expected: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENSEARCH_URL", url)
    assert connection() == {"conn_type": "http", **expected}


@pytest.mark.usefixtures("directory")
def test_environment_with_malformed_address_is_refused_and_hides_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENSEARCH_URL", "admin:secret@search.example")
    with pytest.raises(LocalError, match=r"OPENSEARCH_URL is '\*\*\*@search\.example'"):
        stack.environment()


@pytest.mark.usefixtures("directory")
def test_environment_keeps_the_callers_proxy_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "corp.example,localhost")
    assert stack.environment()["NO_PROXY"] == "127.0.0.1,localhost,corp.example"


def test_environment_of_stack_never_started_says_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    with pytest.raises(LocalError, match="python -m local up"):
        stack.environment()


def test_inherited_environment_leads_to_no_real_account_and_no_other_airflow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AIRFLOW_HOME", "AIRFLOW__CORE__EXECUTOR", "OPENSEARCH_URL"):
        monkeypatch.setenv(name, "real")
    assert "real" not in inherited().values()


def test_local_directory_by_default_lies_in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCAL_DIR", raising=False)
    monkeypatch.delenv("LOCAL_CACHE", raising=False)
    assert stack.local_directory() == PROJECT / ".local"
    assert stack.cache_directory() == PROJECT / ".local" / "cache"
