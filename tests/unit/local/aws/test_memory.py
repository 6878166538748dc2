"""What the stand-in holds of memory."""

from __future__ import annotations

import ctypes
from types import SimpleNamespace
from typing import TYPE_CHECKING

from local.aws.memory import LARGE_BYTES, give_back_what_is_freed

if TYPE_CHECKING:
    import pytest


def test_give_back_sets_both_limits_of_glibc(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, int]] = []
    glibc = SimpleNamespace(mallopt=lambda name, value: asked.append((name, value)) or 1)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: glibc)

    assert give_back_what_is_freed()
    assert asked == [(-3, LARGE_BYTES), (-8, 2)]


def test_give_back_without_glibc_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda _: SimpleNamespace())

    assert not give_back_what_is_freed()
