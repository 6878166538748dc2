from __future__ import annotations

import re

import pytest

from include.training.metrics import METRIC_DEFINITIONS, phase_line, step_line


def metrics_of(line: str) -> dict[str, float]:
    found = {metric["Name"]: re.search(metric["Regex"], line) for metric in METRIC_DEFINITIONS}
    return {name: float(match[1]) for name, match in found.items() if match}


def test_step_line_is_read_back_by_the_metric_definitions() -> None:
    line = step_line(step=12, steps=69, epoch=0.1739, loss=0.43111, learning_rate=1.2e-05, seconds=31.4)
    assert line == "step=12 steps=69 epoch=0.17 loss=0.4311 learning_rate=1.2e-05 seconds=31"
    assert metrics_of(line) == {
        "train:step": 12,
        "train:steps": 69,
        "train:epoch": 0.17,
        "train:loss": 0.4311,
        "train:learning_rate": 1.2e-05,
        "train:seconds": 31,
    }


@pytest.mark.parametrize("line", [phase_line("encode_base", 640, 3273), "phase=train seconds=12.0", "done seconds=9"])
def test_other_lines_are_no_metrics(line: str) -> None:
    assert metrics_of(line) == {}


def test_phase_line_says_how_far_it_is() -> None:
    assert phase_line("encode_base", 640, 3273) == "phase=encode_base done=640 of=3273"
