from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from local.gateway.settings import DEFAULTS, TRUSTED
from local.trust import local_model_settings

RECORDED = Path(__file__).parents[2] / "contract" / "recordings" / "default_settings.json"


def test_gateway_defaults_are_the_recorded_ones() -> None:
    recorded = json.loads(RECORDED.read_text("utf-8"))
    assert {name: recorded.get(name) for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    ("url", "trusted"),
    [
        ("http://127.0.0.1:20003/endpoints/tuned/invocations", True),
        ("http://127.0.0.1:20004/endpoints/tuned/invocations", False),
        ("http://127.0.0.1:20003/model/x/invoke", False),
        ("http://127x0.0.1:20003/endpoints/tuned/invocations", False),
    ],
    ids=["local endpoint", "other port", "other path", "other host"],
)
def test_trusted_endpoints_let_in_the_local_endpoints_only(url: str, trusted: bool) -> None:
    patterns = local_model_settings("http://127.0.0.1:20003")[TRUSTED]
    assert isinstance(patterns, list)
    assert any(re.match(it, url) for it in patterns) is trusted
