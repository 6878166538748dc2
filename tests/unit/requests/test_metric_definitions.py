"""SageMaker reads loss and progress out of the training log by these expressions."""

from __future__ import annotations

import re

import pytest

from include.training.metrics import METRIC_DEFINITIONS, step_line


@pytest.mark.parametrize("definition", METRIC_DEFINITIONS, ids=lambda definition: definition["Name"])
def test_metric_definition_finds_one_number_in_the_line_of_a_step(definition: dict[str, str]) -> None:
    line = step_line(12, 69, 0.17, 0.4311, 1.2e-05, 31.0)

    found = re.search(definition["Regex"], line)

    assert found
    float(found[1])
