"""The table of quirks refers to what is there."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

from local.gateway.quirks import BEHAVIOURS, REFUSALS

RECORDINGS = Path(__file__).parents[3] / "contract" / "recordings"
# Not recorded.
ELSEWHERE = ("source", "none", "research")


def _names() -> set[str]:
    files = RECORDINGS.glob("[0-9]*.jsonl")
    lines = ((file.stem[:2], line) for file in files for line in file.read_text("utf-8").splitlines())
    return {f"{number} {json.loads(line)['name']}" for number, line in lines}


NAMES = _names()


@pytest.mark.parametrize("name", [name for name, it in REFUSALS.items() if not it.recording.startswith(ELSEWHERE)])
def test_refusal_recording_exists(name: str) -> None:
    assert REFUSALS[name].recording in NAMES


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.recording)
def test_behaviour_recording_and_module_exist(behaviour: object) -> None:
    assert behaviour.recording in NAMES or behaviour.recording.startswith(ELSEWHERE)
    assert importlib.util.find_spec(f"local.gateway.{behaviour.module}") is not None
