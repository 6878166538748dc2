"""OpenSearch for all replays, and the scripted remote model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.gateway.remote_model import ScriptedModel
from tests.contract.gateway.scoreboard import SCORES, summary
from tests.contract.gateway.servers import GatewayProcess, Stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_configure(config: pytest.Config) -> None:
    config.stash[SCORES] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    scores = config.stash[SCORES]
    if scores:
        terminalreporter.section("recordings")
        for line in summary(scores):
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A running OpenSearch."""
    stack = Stack(tmp_path_factory.mktemp("stack"))
    stack.up()
    yield stack
    stack.down("--purge")


@pytest.fixture
def remote() -> Iterator[ScriptedModel]:
    model = ScriptedModel()
    model.start()
    yield model
    model.stop()


@pytest.fixture
def gateway(stack: Stack, tmp_path: Path) -> Iterator[GatewayProcess]:
    """A gateway before an OpenSearch without any data."""
    stack.wipe()
    with GatewayProcess(stack.url, tmp_path / "node") as process:
        process.wait()
        yield process
