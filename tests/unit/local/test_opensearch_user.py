from __future__ import annotations

import os
import pwd
from typing import TYPE_CHECKING

import pytest

from local import LocalError
from local.opensearch.user import own, passage, unprivileged_user

if TYPE_CHECKING:
    from pathlib import Path


def test_unprivileged_user_of_an_ordinary_user_is_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert unprivileged_user() is None


def test_unprivileged_user_of_root_is_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    user = unprivileged_user()
    assert user
    assert user.uid == pwd.getpwnam("nobody").pw_uid != 0


def test_unprivileged_user_on_a_system_without_nobody_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(pwd, "getpwnam", unknown)
    with pytest.raises(LocalError, match="Run this as an ordinary user"):
        unprivileged_user()


def test_passage_for_ourselves_puts_nothing_before_the_command(tmp_path: Path) -> None:
    assert passage(None, tmp_path, tmp_path) == ()


def test_own_for_ourselves_makes_the_folders(tmp_path: Path) -> None:
    own(None, [tmp_path / "data", tmp_path / "work"])
    assert sorted(it.name for it in tmp_path.iterdir()) == ["data", "work"]
