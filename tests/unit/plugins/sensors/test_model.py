from __future__ import annotations

from typing import Any

import pytest

from include.errors import TerminalError
from opensearch_ml.hooks.ml_commons import OpenSearchMLHook
from opensearch_ml.sensors.model import OpenSearchModelSensor


def test_model_that_stays_in_deploying_is_told_with_its_state(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenSearchMLHook, "model_state", lambda *_: "DEPLOYING")
    sensor: Any = OpenSearchModelSensor(
        task_id="wait", model_id="m1", endpoint="http://search:9200", poke_interval=0.01, timeout=0.03
    )

    with pytest.raises(TerminalError, match=r"Model m1 is DEPLOYING after 0 s, not DEPLOYED\. GET .*/models/m1"):
        sensor.execute({})
