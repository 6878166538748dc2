from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.__main__ import main
from local.processes import Identity
from local.state import Record, State

if TYPE_CHECKING:
    from pathlib import Path

GONE = Record(Identity(2**22 + 1, 0.0), started=0.0, log="aws.log", url="http://127.0.0.1:1", health="", digest="")


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCAL_DIR", str(tmp_path))
    return tmp_path


def test_status_of_nothing_lists_every_service_as_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["service", "state", "pid"]
    assert [line.split() for line in lines[1:3]] == [["opensearch", "stopped"], ["gateway", "stopped"]]


def test_status_of_service_whose_process_is_gone_is_died(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    State(directory, {}, {"aws": GONE}).save()
    main(["status"])
    assert any(line.split()[:2] == ["aws", "died"] for line in capsys.readouterr().out.splitlines())


def test_down_when_nothing_runs_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["down"]) == 0
    assert capsys.readouterr().out == "Nothing was running.\n"


def test_down_purge_deletes_data_and_keeps_downloads(directory: Path) -> None:
    for name in ("opensearch/data", "aws", "airflow", "logs", "cache/maven", "demo"):
        (directory / name).mkdir(parents=True)
    State(directory, {"aws": 20000}).save()
    main(["down", "--purge"])
    assert sorted(it.name for it in directory.iterdir()) == ["cache", "demo", "stack.lock"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["down", "opensaerch"], "There is no service 'opensaerch'. Services: opensearch, gateway, aws"),
        (["logs", "aws"], "aws has never been started"),
        (["logs", "nobody"], "There is no service 'nobody'"),
        (["env"], "Start the stack first: python -m local up"),
        (["down", "--purge", "aws"], "--purge deletes the data of all services"),
    ],
    ids=["unknown service", "no log yet", "log of unknown", "env too early", "purge of one"],
)
def test_command_that_cannot_be_done_ends_with_1_and_the_reason(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert reason in capsys.readouterr().err


def test_logs_shows_the_last_lines(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (directory / "logs").mkdir()
    (directory / "logs" / "aws.log").write_text("one\ntwo\nthree\n")
    assert main(["logs", "aws", "-n", "2"]) == 0
    assert capsys.readouterr().out == "two\nthree\n"


def test_env_prints_lines_that_a_shell_understands(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from local.services import PORT_OWNERS

    State(directory, {name: 20_000 + number for number, name in enumerate(PORT_OWNERS)}).save()
    assert main(["env"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "export AWS_ENDPOINT_URL=http://127.0.0.1:20003" in lines
    assert all(line.startswith("export ") for line in lines)
