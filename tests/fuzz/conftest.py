"""Adds the workers' counts together, and says at the end how many examples there were."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.fuzz.counting import COUNTS, FACTOR, LEAST

if TYPE_CHECKING:
    from pathlib import Path

    from _pytest.terminal import TerminalReporter

WHOLE = pytest.StashKey[bool]()
NAME = "fuzz_counts"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("filterwarnings", "ignore:Generating overly large repr")  # deep nesting is long
    config.stash[WHOLE] = not config.option.keyword and all("::" not in name for name in config.args) and FACTOR >= 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all examples of a module; each leaves it as it found it."""
    return tmp_path_factory.mktemp("fuzz")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """xdist: a worker has ended; what it has counted."""
    COUNTS.update(getattr(node, "workeroutput", {}).get(NAME, {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[NAME] = dict(COUNTS)


def pytest_terminal_summary(terminalreporter: TerminalReporter, config: pytest.Config) -> None:
    counts, crashes = Counter(COUNTS), len(terminalreporter.stats.get("failed", []))
    terminalreporter.section("fuzzing")
    for name, number in sorted(counts.items()):
        terminalreporter.write_line(f"{number:>8,}  {name}")
    terminalreporter.write_line(f"{counts.total():,} examples, {crashes} crashes")
    if config.stash[WHOLE] and counts.total() < LEAST:
        terminalreporter.write_line(f"ERROR: fewer than {LEAST:,} examples")
        session = terminalreporter._session
        if session is not None:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
