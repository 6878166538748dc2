"""The messages of docs/troubleshooting.md are those that the code says."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "troubleshooting.md"
# What others say: Airflow's executor, AWS.
OF_OTHERS = ("Executor LocalExecutor", "ResourceLimitExceeded")


def _messages() -> list[str]:
    """The code in the first column of each table."""
    rows = [line.split(" | ")[0] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| ")]
    return [code for row in rows for code in re.findall(r"`([^`]{20,})`", row) if not code.startswith(OF_OTHERS)]


def _texts(path: Path) -> Iterator[str]:
    """The string literals of a module; those of an f-string joined with `…` for its values."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)


@pytest.fixture(scope="module")
def said() -> list[str]:
    folders = (PROJECT / "include", PROJECT / "plugins")
    return [text for folder in folders for path in folder.rglob("*.py") for text in _texts(path)]


@pytest.mark.parametrize("message", _messages())
def test_message_of_the_page_is_said_by_the_code(message: str, said: list[str]) -> None:
    parts = [part.strip() for part in message.split("…") if part.strip(" .,")]

    assert any(all(part in text for part in parts) for text in said)


def test_page_has_messages() -> None:
    assert len(_messages()) > 15
