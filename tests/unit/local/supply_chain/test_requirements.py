from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from local import PROJECT
from local.supply_chain import requirement_files

if TYPE_CHECKING:
    from pathlib import Path

FILES = [pytest.param(path, id=path.name) for path in requirement_files()]
PINNED = re.compile(r"[A-Za-z0-9._-]+(\[[a-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+( ; [^\\]+)?")
INSTALLS = re.compile(r"\bpip install\b|\bpip sync\b")


def requirements(path: Path) -> list[list[str]]:
    """Each requirement with its options, without comments."""
    text = path.read_text("utf-8").replace("\\\n", "\n")
    found: list[list[str]] = []
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped.startswith("#"):
            continue
        if line.startswith(" "):
            found[-1].append(stripped)
        else:
            found.append([stripped])
    return found


@pytest.mark.parametrize("path", FILES)
def test_requirement_file_pins_every_package_with_hashes(path: Path) -> None:
    for requirement, *options in requirements(path):
        assert PINNED.fullmatch(requirement), requirement
        assert options, f"{requirement} has no hash"
        assert all(option.startswith("--hash=sha256:") for option in options)


@pytest.mark.parametrize("path", FILES)
def test_requirement_file_names_no_index(path: Path) -> None:
    assert "://" not in path.read_text("utf-8")


def test_every_list_by_hand_is_pinned() -> None:
    folder = PROJECT / "requirements"

    assert {path.stem for path in folder.glob("*.in")} == {path.stem for path in requirement_files()}


def test_makefile_installs_nothing_without_hashes() -> None:
    text = (PROJECT / "Makefile").read_text("utf-8").replace("\\\n", " ")
    installs = [line for line in text.splitlines() if INSTALLS.search(line)]

    assert installs
    assert [line for line in installs if "--require-hashes" not in line] == []
