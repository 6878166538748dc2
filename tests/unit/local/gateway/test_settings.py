"""The plugins' cluster settings."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.settings import AUTO_DEPLOY, TRUSTED, checked


def test_checked_values_become_texts() -> None:
    asked: dict[str, Any] = {AUTO_DEPLOY: False, TRUSTED: ["^.*$"], "plugins.ml_commons.max_model_on_node": 3}
    assert checked("persistent", asked) == {
        AUTO_DEPLOY: "false",
        TRUSTED: ["^.*$"],
        "plugins.ml_commons.max_model_on_node": "3",
    }


def test_checked_null_stays_null() -> None:
    assert checked("transient", {AUTO_DEPLOY: None}) == {AUTO_DEPLOY: None}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (
            "plugins.ml_commons.nonexistent",
            True,
            r"transient setting \[plugins.ml_commons.nonexistent\], not recognized",
        ),
        (AUTO_DEPLOY, "yes", r"Failed to parse value \[yes\] as only \[true\] or \[false\]"),
        ("plugins.ml_commons.max_model_on_node", "many", r"Failed to parse value \[many\]"),
    ],
)
def test_checked_wrong_setting_is_refused(name: str, value: Any, reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        checked("transient", {name: value})
