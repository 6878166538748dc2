"""Examples in docstrings are true."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MODULES = [
    ".".join(path.relative_to(root).with_suffix("").parts)
    for root, folder in ((PROJECT, "include"), (PROJECT / "plugins", "opensearch_ml"))
    for path in sorted((root / folder).rglob("*.py"))
    if ">>> " in path.read_text("utf-8") and not {"training", "inference"} & set(path.parts)
]


def test_examples_are_found() -> None:
    assert "include.layout" in MODULES


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_module_are_true(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))

    assert result.attempted > 0
    assert result.failed == 0
