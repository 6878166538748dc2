"""Secrets that are made once and kept in a file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


def kept_secrets(file: Path, make: Callable[[], Mapping[str, str]]) -> dict[str, str]:
    """The secrets in a file that only we may read; made on the first call."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".draft")
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(dict(make())), "utf-8")
        draft.replace(file)
    return dict(json.loads(file.read_text("utf-8")))


def kept_password(file: Path, make: Callable[[], str]) -> str:
    """The only secret in a file that only we may read; made on the first call."""
    return kept_secrets(file, lambda: {"password": make()})["password"]
