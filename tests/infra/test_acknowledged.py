from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra import acknowledged
from infra.app import build_app
from infra.policies import resources_of, roles

if TYPE_CHECKING:
    from pathlib import Path

FEATURES = ("metrics", "notify", "kms", "domain", "vpc")


@pytest.mark.parametrize("role", roles())
def test_every_wildcard_of_a_document_has_a_reason_and_no_reason_is_left_over(role: str) -> None:
    wild = {resource for resource in resources_of(role, FEATURES) if "*" in resource}
    assert set(acknowledged.WILDCARDS[role]) == wild


def test_wildcard_without_a_reason_ends_the_synthesis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(acknowledged.WILDCARDS["airflow"], "*")

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        build_app({}, str(tmp_path)).synth()
