"""The stack's template, made once for the smallest and once for the largest deployment."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.app import STACK, build_app
from infra.check import LARGEST
from tests.infra.template import Made

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make(context: Mapping[str, Any], folder: Path) -> Made:
    build_app(context, str(folder)).synth()
    return Made(json.loads((folder / f"{STACK}.template.json").read_text("utf-8")))


@pytest.fixture(scope="session")
def smallest(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make({}, tmp_path_factory.mktemp("smallest"))


@pytest.fixture(scope="session")
def largest(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(json.loads(LARGEST.read_text("utf-8")), tmp_path_factory.mktemp("largest"))


@pytest.fixture(params=["smallest", "largest"])
def made(request: pytest.FixtureRequest) -> Made:
    found: Made = request.getfixturevalue(request.param)
    return found
