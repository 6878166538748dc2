from __future__ import annotations

from pathlib import Path

import pytest

from include.benchmark.settings import BenchmarkSettings
from include.parameters import parameter_schemas

PAGE = Path(__file__).parents[3] / "docs" / "benchmark-highlighting.md"


@pytest.mark.parametrize("name", parameter_schemas(BenchmarkSettings))
def test_page_names_the_parameter(name: str) -> None:
    assert f"`{name}`" in PAGE.read_text("utf-8")
