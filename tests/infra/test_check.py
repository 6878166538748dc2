from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from infra.check import DIRECT_BYTES, synthesize, told

if TYPE_CHECKING:
    from pathlib import Path


def test_template_of_the_documented_deployment_can_be_handed_to_cloudformation_as_it_is(tmp_path: Path) -> None:
    domain = "arn:aws:es:eu-central-1:123456789012:domain/search"
    context = {"model_names": "search-*", "opensearch_domain_arn": domain, "alarm_email": "a@example.com"}

    readable = synthesize("template", context, tmp_path)

    compact = tmp_path / "template.json"
    assert json.loads(compact.read_text("utf-8")) == json.loads(readable.read_text("utf-8"))
    assert compact.stat().st_size < 0.8 * DIRECT_BYTES, "room for a VPC, a budget or a key"


@pytest.mark.parametrize(("size", "expected"), [(51_200, False), (51_201, True)])
def test_template_that_is_too_large_is_told_with_what_to_do(size: int, expected: bool) -> None:
    assert ("--s3-bucket" in told(size)) is expected
