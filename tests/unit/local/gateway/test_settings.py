"""The plugins' cluster settings."""

from __future__ import annotations

from typing import Any

import pytest

from local.gateway.errors import OpenSearchError
from local.gateway.setting_values import checked
from local.gateway.settings import AUTO_DEPLOY, TRUSTED


def test_checked_values_become_texts() -> None:
    asked: dict[str, Any] = {AUTO_DEPLOY: False, TRUSTED: ["^.*$"], "plugins.ml_commons.max_model_on_node": 3}
    assert checked("persistent", asked) == {
        AUTO_DEPLOY: "false",
        TRUSTED: ["^.*$"],
        "plugins.ml_commons.max_model_on_node": "3",
    }


def test_checked_null_stays_null() -> None:
    assert checked("transient", {AUTO_DEPLOY: None, "plugins.*": None}) == {AUTO_DEPLOY: None, "plugins.*": None}


def test_checked_number_that_is_none_is_caused_by_javas_complaint() -> None:
    with pytest.raises(OpenSearchError) as refused:
        checked("persistent", {"plugins.ml_commons.max_model_on_node": [1, 2]})
    assert refused.value.caused_by == {"type": "number_format_exception", "reason": 'For input string: "[1, 2]"'}


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        (
            "plugins.ml_commons.nonexistent",
            True,
            r"transient setting \[plugins.ml_commons.nonexistent\], not recognized",
        ),
        (AUTO_DEPLOY, "yes", r"Failed to parse value \[yes\] as only \[true\] or \[false\]"),
        ("plugins.ml_commons.max_model_on_node", "many", r"Failed to parse value \[many\] for setting"),
        ("plugins.ml_commons.max_model_on_node", 1.5, r"Failed to parse value \[1.5\] for setting"),
        ("plugins.ml_commons.max_model_on_node", -1, r"\[plugins.ml_commons.max_model_on_node\] must be >= 0"),
        ("plugins.ml_commons.max_deploy_model_tasks_per_node", 11, r"must be <= 10"),
        ("plugins.ml_commons.model_auto_redeploy_success_ratio", 1.5, r"must be <= 1.0"),
        ("plugins.ml_commons.disk_free_space_threshold", "5", "as a size in bytes: unit is missing or unrecognized"),
        ("plugins.ml_commons.nonexistent", None, "not recognized"),
        ("plugins.ml_commons.multi_tenancy_enabled", True, r"multi_tenancy_enabled\], not dynamically updateable"),
        ("plugins.ml_commons.remote_metadata_type", "x", r"^final transient setting .* not updateable"),
    ],
)
def test_checked_wrong_setting_is_refused(name: str, value: Any, reason: str) -> None:
    with pytest.raises(OpenSearchError, match=reason):
        checked("transient", {name: value})
